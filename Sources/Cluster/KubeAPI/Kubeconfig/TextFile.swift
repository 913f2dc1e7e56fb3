import SystemPackage

/// Reads the small files that a kubeconfig names.
enum TextFile {
    private static let sizeLimit = 16 << 20

    /// - Parameter what: For messages: `token file`.
    /// - Throws: ``KubeAPIError`` that names the file.
    static func read(_ path: String, what: String) throws(KubeAPIError) -> [UInt8] {
        do {
            return try read(FilePath(path))
        } catch let error as Errno where error == .noSuchFileOrDirectory || error == .notDirectory {
            throw KubeAPIError(.configuration, "There is no \(what) '\(path)'. Check the path.")
        } catch {
            throw KubeAPIError(.configuration, "The \(what) '\(path)' cannot be read: \(error). Check its permissions.")
        }
    }

    static func exists(_ path: String) -> Bool {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly) else { return false }
        try? file.close()
        return true
    }

    private static func read(_ path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while bytes.count <= sizeLimit {
                let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
                if count == 0 { return bytes }
                bytes += buffer[..<count]
            }
            throw Errno.fileTooLarge
        }
    }
}

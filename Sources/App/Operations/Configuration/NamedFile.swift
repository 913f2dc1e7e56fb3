import SystemPackage

/// Files that settings name, and somebody else reads.
enum NamedFile {
    /// Sees to it that a file is there and can be read, before anything is begun.
    ///
    /// - Parameters:
    ///   - flag: What the command in hand calls the setting.
    ///   - isSecret: Whether it holds a credential; else it is of the configuration.
    /// - Throws: ``OperationError`` with code ``OperationError/Code/accessDenied`` for a credential, and
    ///   ``OperationError/Code/usage`` for anything else.
    static func check(
        _ path: String,
        of setting: Setting,
        flag: String? = nil,
        isSecret: Bool
    ) throws(OperationError) {
        let code: OperationError.Code = isSecret ? .accessDenied : .usage
        let problem: String
        do throws(OperationError) {
            guard try PrivateFile.read(FilePath(path)) == nil else { return }
            problem = "There is no file '\(path)'"
        } catch {
            problem = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        }
        throw OperationError(code, "\(problem), which \(flag ?? setting.flag) ('\(setting.documentedKey)') names.")
    }
}

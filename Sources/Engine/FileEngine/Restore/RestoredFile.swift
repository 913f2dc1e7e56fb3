import Synchronization
import SystemPackage

/// A file that is being restored: made when the first of its data comes, or when nothing will come.
///
/// Who still has data for it holds it; the last who lets go of it finishes it.
final class RestoredFile: Sendable {
    private enum State {
        case waiting
        case open(OpenFile)
        /// It cannot be made, or cannot be written.
        case failed
        case finished
    }

    let path: StoredPath
    let name: FileName
    let folder: RestoredFolder
    private let node: FileNode
    private let replaces: Bool
    private let attributes: AttributeSetter
    private let ledger: FileLedger
    private let holders = Atomic(1)
    private let state = Mutex(State.waiting)

    /// Runs of zeros at least so long become holes, in bytes.
    private static let holeSize = 64 << 10

    /// - Parameters:
    ///   - folder: Is held from now on.
    ///   - replaces: Whether what is under the name is replaced.
    init(
        _ path: StoredPath,
        _ name: FileName,
        in folder: RestoredFolder,
        _ node: FileNode,
        replaces: Bool,
        _ attributes: AttributeSetter,
        ledger: FileLedger
    ) {
        self.path = path
        self.name = name
        self.folder = folder
        self.node = node
        self.replaces = replaces
        self.attributes = attributes
        self.ledger = ledger
        folder.hold()
    }

    func hold() { holders.add(1, ordering: .relaxed) }

    /// Lets go; makes and finishes the file when it was the last to do so.
    func release() {
        guard holders.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        finish()
        folder.release()
    }

    /// Sees to it that there is a file under the name, so that it can be linked to.
    func make() { state.withLock { _ = open(&$0) } }

    /// Whether nothing more will become of it.
    var isFinished: Bool {
        state.withLock { state in
            switch state {
            case .waiting, .open: false
            case .failed, .finished: true
            }
        }
    }

    private func open(_ state: inout State) -> OpenFile? {
        switch state {
        case .open(let file): return file
        case .failed, .finished: return nil
        case .waiting:
            do throws(Errno) {
                let file = try Self.make(name, in: folder.folder, replaces: replaces)
                state = .open(file)
                return file
            } catch {
                state = .failed
                ledger.fail(path, "it cannot be made: \(error)")
                return nil
            }
        }
    }

    private static func make(_ name: FileName, in folder: Folder, replaces: Bool) throws(Errno) -> OpenFile {
        do throws(Errno) {
            return try folder.makeFile(name)
        } catch .fileExists where replaces {
            // A new file: what is there may have other names, or be open elsewhere.
            try folder.removeFile(name)
            return try folder.makeFile(name)
        }
    }

    /// Writes some of its data.
    func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        guard let file = state.withLock({ open(&$0) }) else { return }
        guard offset >= 0, offset <= node.size, bytes.count <= node.size - offset else {
            ledger.fail(path, "the backup has data for it beyond its end")
            return
        }
        do throws(Errno) {
            for piece in Self.pieces(of: bytes) {
                try file.write(piece, at: offset + piece.startIndex - bytes.startIndex)
            }
        } catch {
            abandon("it cannot be written: \(error)")
        }
    }

    /// Books that it cannot be written, once, and leaves it as it is: without its size and time it does not look whole.
    private func abandon(_ reason: String) {
        let isFirst = state.withLock { state in
            if case .failed = state { return false }
            state = .failed
            return true
        }
        if isFirst { fail(reason) }
    }

    /// What of `bytes` is written: all but long runs of zeros.
    static func pieces(of bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        if bytes.count < holeSize { return [bytes] }
        var pieces: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var position = start
        while position < bytes.endIndex {
            let end = min(position + holeSize, bytes.endIndex)
            if end - position == holeSize, isZero(bytes[position..<end]) {
                if start < position { pieces.append(bytes[start..<position]) }
                start = end
            }
            position = end
        }
        if start < bytes.endIndex { pieces.append(bytes[start...]) }
        return pieces
    }

    private static func isZero(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.allSatisfy { $0 == 0 } }

    /// Books that something of it is missing.
    func fail(_ reason: String) {
        ledger.fail(path, reason)
    }

    private func finish() {
        guard let file = state.withLock({ open(&$0) }) else { return }
        do throws(Errno) {
            if try file.status().size != node.size { try file.setSize(node.size) }
        } catch {
            return abandon("its size cannot be set: \(error)")
        }
        attributes.set(node, of: path, .descriptor(file.descriptor))
        state.withLock { $0 = .finished }
    }
}

import Synchronization
import SystemPackage

/// A file that is being restored: made when the first of its data comes, or when nothing will come.
///
/// Who still has data for it holds it; the last who lets go of it finishes it.
final class RestoredFile: Sendable {
    private enum Stage {
        case waiting
        case open(OpenFile)
        /// It cannot be made, or cannot be written.
        case failed
        case finished
    }

    private struct State {
        var stage = Stage.waiting
        /// Whether something of it is missing, which was told.
        var isBroken = false
        /// Whether nothing more will become of it.
        var isSettled = false
        /// Names that it has got beside its own, until it is settled.
        var names: [StoredPath] = []
    }

    let path: StoredPath
    let name: FileName
    let folder: RestoredFolder
    private let node: FileNode
    private let replaces: Bool
    private let attributes: AttributeSetter
    private let ledger: FileLedger
    private let disk: RestoreDisk
    private let holders = Atomic(1)
    private let state = Mutex(State())

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
        ledger: FileLedger,
        disk: RestoreDisk
    ) {
        self.path = path
        self.name = name
        self.folder = folder
        self.node = node
        self.replaces = replaces
        self.attributes = attributes
        self.ledger = ledger
        self.disk = disk
        folder.hold()
    }

    func hold() { holders.add(1, ordering: .relaxed) }

    /// Lets go; makes and finishes the file when it was the last to do so.
    func release() {
        guard holders.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        finish()
        settle()
        folder.release()
    }

    /// Sees to it that there is a file under the name, so that it can be linked to.
    func make() { state.withLock { _ = open(&$0) } }

    /// Whether nothing more will become of it.
    var isSettled: Bool { state.withLock { $0.isSettled } }

    /// Whether something of it is missing, as far as that is known.
    var isBroken: Bool { state.withLock { $0.isBroken } }

    /// Books another name that it has got: as restored when it turns out to be whole.
    func add(name: StoredPath) {
        let isBroken: Bool? = state.withLock { state in
            if state.isSettled { return state.isBroken }
            state.names.append(name)
            return nil
        }
        if let isBroken { book(name, isBroken: isBroken) }
    }

    private func settle() {
        let (isBroken, names) = state.withLock { state in
            state.isSettled = true
            return (state.isBroken, exchange(&state.names, with: []))
        }
        if !isBroken { ledger.restored(.file, size: node.size) }
        for name in names { book(name, isBroken: isBroken) }
    }

    private func book(_ name: StoredPath, isBroken: Bool) {
        if isBroken {
            ledger.fail(name, Self.brokenReason(path))
        } else {
            ledger.restored(.file, size: 0)
        }
    }

    /// Why another name of a file that is not whole is a failure.
    static func brokenReason(_ path: StoredPath) -> String {
        "it is the same file as '\(path.text)', which is not restored whole"
    }

    private func open(_ state: inout State) -> OpenFile? {
        switch state.stage {
        case .open(let file): return file
        case .failed, .finished: return nil
        case .waiting:
            do throws(Errno) {
                let file = try Self.make(name, in: folder.folder, replaces: replaces)
                state.stage = .open(file)
                return file
            } catch {
                state.stage = .failed
                if !exchange(&state.isBroken, with: true) { ledger.fail(path, "it cannot be made: \(error)") }
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
            return fail("the backup has data for it beyond its end")
        }
        do throws(Errno) {
            for piece in Self.pieces(of: bytes) {
                try disk.write(file, piece, offset + piece.startIndex - bytes.startIndex)
            }
        } catch {
            abandon("it cannot be written: \(error)")
        }
    }

    /// Books that it cannot be written, and leaves it as it is: without its size and time it does not look whole.
    private func abandon(_ reason: String) {
        state.withLock { $0.stage = .failed }
        fail(reason)
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

    /// Books that something of it is missing: once, whatever else is.
    func fail(_ reason: String) {
        let isFirst = state.withLock { !exchange(&$0.isBroken, with: true) }
        if isFirst { ledger.fail(path, reason) }
    }

    private func finish() {
        guard let file = state.withLock({ open(&$0) }) else { return }
        do throws(Errno) {
            if try file.status().size != node.size { try file.setSize(node.size) }
        } catch {
            return abandon("its size cannot be set: \(error)")
        }
        do throws(Errno) {
            try disk.flush(file)
        } catch {
            return abandon("it cannot be written to its end: \(error)")
        }
        if isBroken {
            attributes.setAllButTime(node, of: path, .descriptor(file.descriptor))
        } else {
            attributes.set(node, of: path, .descriptor(file.descriptor))
        }
        state.withLock { $0.stage = .finished }
    }
}

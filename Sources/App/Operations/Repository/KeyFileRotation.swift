import ObjectStore
import Repository
import SystemPackage

/// A new key file in the place of the old one.
///
/// It is made in steps of which each may be the last:
/// 1. `FILE.new` gets the new key. Nothing opens with it yet.
/// 2. The slot in the repository is replaced: `FILE.new` opens it, `FILE` does no more.
/// 3. The old key is linked to `FILE.<its slot>.old`.
/// 4. `FILE.new` takes the place of `FILE`.
///
/// Who comes after a rotation that was cut off finds `FILE.new`, and goes on with it.
struct KeyFileRotation {
    /// Where the key file is, links resolved.
    private let path: FilePath
    private let access: LocationAccess
    private let store: any ObjectStore
    private let context: OperationContext
    private let stagedPath: FilePath

    /// - Parameter store: Where the repository is; `nil` for the store of the location.
    init(path: FilePath, access: LocationAccess, store: (any ObjectStore)? = nil, context: OperationContext) {
        self.path = PrivateFile.resolved(path)
        self.access = access
        self.store = store ?? access.store
        self.context = context
        stagedPath = Self.stagedPath(of: path)
    }

    static func stagedPath(of path: FilePath) -> FilePath { FilePath(PrivateFile.resolved(path).string + ".new") }

    func run() async throws -> RotateKey.Outcome {
        let staged = try await stagedKey()
        if let staged, let slot = try await opened(by: staged) { return try finish(slot, removed: nil) }
        let slots = KeySlots(store: store, key: try await access.readKey())
        _ = try await slots.list()
        let newKey = try staged ?? NewKey.makeKeyFile(stagedPath)
        let rotated: (old: KeySlot, new: KeySlot)
        do {
            rotated = try await slots.rotate(to: newKey, at: context.now())
        } catch let error as RepositoryError where error.code == .wrongKey {
            // Another process may be doing the same, with the same new key.
            guard let slot = try await opened(by: newKey) else { throw error }
            return try finish(slot, removed: nil)
        }
        return try finish(rotated.new, removed: rotated.old)
    }

    /// The new key of a rotation that was cut off.
    private func stagedKey() async throws -> RepositoryKey? {
        try await KeySource.keyFile(stagedPath).read(for: access.location.name, in: context)
    }

    /// The slot that a key opens, if it opens one.
    private func opened(by key: RepositoryKey) async throws -> KeySlot? {
        do {
            return try await KeySlots(store: store, key: key).list().first(where: \.isOpened)?.slot
        } catch let error as RepositoryError where error.code == .wrongKey {
            return nil
        }
    }

    private func finish(_ added: KeySlot, removed: KeySlot?) throws -> RotateKey.Outcome {
        let name = removed?.id ?? "before-\(added.id)"
        let oldPath = FilePath("\(path.string).\(name).old")
        try PrivateFile.link(path, to: oldPath)
        try PrivateFile.move(stagedPath, to: path)
        return RotateKey.Outcome(
            location: access.location.name,
            removed: removed.map { KeySlotDocument($0, inUse: false) },
            added: KeySlotDocument(added, inUse: true),
            keyFile: path.string,
            oldKeyFile: oldPath.string
        )
    }
}

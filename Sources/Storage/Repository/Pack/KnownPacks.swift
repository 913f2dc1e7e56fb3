import Foundation
import ObjectStore

/// The list of packs as it is kept on this machine, so that not every backup has to ask for it.
///
/// It has all packs that the snapshots it *covers* need: those that were there before the packs were listed, and those
/// that were written here since. As long as a repository has no other snapshots, a backup may build on them with this
/// list as with a new one: no prune deletes what a snapshot needs. What is lost otherwise is noticed once the list is
/// too old.
struct KnownPacks: Sendable {
    /// By the clock of this machine.
    var listedAt: Date
    /// In the order of their ids.
    var packs: [ListedPack]
    /// The names and versions of the snapshots that it covers, each as a hash.
    var covered: Set<[UInt8]>
    /// Packs that have a relocation, where the list is new.
    var relocated: Set<PackID> = []
    /// Whether it was listed just now, and not kept.
    var isNew = false

    /// In seconds: packs that somebody has deleted, or a store has lost, are noticed after this.
    private static let lifetime: TimeInterval = 6 * 3600
    /// Longer lists are not kept: they would take longer to write each time than to ask for now and then.
    private static let mostPacks = 100_000
    private static let mostSnapshots = 100_000
    private static let cachedName = "packs"
    /// What the kept list is sealed as: no object of a repository has this name.
    private static let sealedName = "cache/packs"

    /// Whether a backup that begins at a time may use it beside these snapshots.
    func covers(_ snapshots: [SnapshotName: VersionTag], at date: Date) -> Bool {
        // A clock that was set back makes no list young.
        guard (0..<Self.lifetime).contains(date.timeIntervalSince(listedAt)) else { return false }
        return snapshots.allSatisfy { covered.contains(Self.hash($0.key, $0.value)) }
    }

    static func hash(_ name: SnapshotName, _ version: VersionTag) -> [UInt8] {
        CachedObjects.hash(of: SnapshotStore.key(name), version)
    }

    /// The list that was kept last; `nil` when there is none, or it is damaged.
    static func kept(in cached: CachedObjects, keys: RepositoryKeys) -> KnownPacks? {
        guard let sealed = cached.cache.read(cachedName, limit: FormatLimits.envelope),
            let bytes = try? Envelope.open(sealed, named: sealedName, keys: keys)
        else { return nil }
        return try? KnownPacks(decoding: bytes)
    }

    func keep(in cached: CachedObjects, keys: RepositoryKeys) {
        guard packs.count <= Self.mostPacks, covered.count <= Self.mostSnapshots,
            let sealed = try? Envelope.seal(encoded(), named: Self.sealedName, keys: keys)
        else { return cached.cache.remove(Self.cachedName) }
        cached.cache.write(sealed[...], as: Self.cachedName)
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(variable: UInt64(max(0, listedAt.timeIntervalSince1970)))
        writer.write(count: covered.count)
        for hash in covered { writer.write(hash) }
        writer.write(count: packs.count)
        for pack in packs {
            writer.write(pack.id.bytes)
            writer.write(count: pack.sizeInBytes)
        }
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(RepositoryError) {
        var reader = ByteReader(bytes, subject: "The kept list of packs")
        let time = TimeInterval(try reader.readVariable())
        var covered: Set<[UInt8]> = []
        for _ in 0..<(try reader.readCount(limit: Self.mostSnapshots)) {
            covered.insert(Array(try reader.read(CachedObjects.hashSize)))
        }
        var packs: [ListedPack] = []
        for _ in 0..<(try reader.readCount(limit: Self.mostPacks)) {
            let id = PackID(bytes: try reader.read(PackID.sizeInBytes))
            // How long an old pack is locked is told by the manifests that need it, not by its age.
            packs.append(ListedPack(id: id, sizeInBytes: try reader.readCount(limit: Int.max), modifiedAt: 0))
        }
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        self.init(listedAt: Date(timeIntervalSince1970: time), packs: packs, covered: covered)
    }

    init(listedAt: Date, packs: [ListedPack], covered: Set<[UInt8]>) {
        self.listedAt = listedAt
        self.packs = packs
        self.covered = covered
    }
}

extension Repository {
    /// The packs that a backup may refer to, listed anew unless the list that is kept here covers all snapshots.
    ///
    /// - Parameters:
    ///   - mayBeKept: Whether a list that is some hours old will do: for a backup that builds on snapshots alone.
    ///   - date: Now.
    func knownPacks(mayBeKept: Bool, at date: Date) async throws -> KnownPacks {
        // Listed before the packs are: these have all that those need.
        let versions = snapshots.knownVersions
        if mayBeKept, let versions, let cached, let kept = KnownPacks.kept(in: cached, keys: keys),
            kept.covers(versions, at: date)
        {
            return kept
        }
        let covered = (versions ?? [:]).map { KnownPacks.hash($0.key, $0.value) }
        let list = try await PackList(of: store)
        var known = KnownPacks(listedAt: date, packs: list.packs, covered: Set(covered))
        known.relocated = Set(list.relocations.lazy.map(\.id))
        known.isNew = true
        return known
    }

    /// Keeps the list of packs for the next backup, with what this one has added.
    func keep(_ known: KnownPacks, adding packs: [ListedPack], _ name: SnapshotName, _ version: VersionTag) {
        guard let cached else { return }
        var next = known
        next.packs = (known.packs + packs).sorted { $0.id < $1.id }
        next.covered.insert(KnownPacks.hash(name, version))
        next.keep(in: cached, keys: keys)
    }
}

import Foundation
import ObjectStore
import Testing
import Zstandard

@testable import Repository

/// What reads bytes of a repository, behind encryption or before it.
enum FuzzedDecoder: String, CaseIterable, CustomTestStringConvertible {
    case payload, frame, footer, page, segment, snapshot, root, envelope, pack, keyFile, kept

    var testDescription: String { rawValue }

    /// How it may say that it cannot read something.
    var codes: Set<RepositoryError.Code> {
        switch self {
        case .root, .snapshot: [.damaged, .otherFormat]
        case .keyFile: [.wrongKey]
        default: [.damaged]
        }
    }

    private static let packID = PackID(bytes: [UInt8](repeating: 7, count: 16))

    /// Bytes as they are written, most of them without their encryption.
    func seeds(_ objects: StoredObjects) async throws -> [[UInt8]] {
        let repository = try await ExampleRepository.open(try await objects.store())
        let packs = objects.keys("packs/").compactMap { PackID(key: $0) }
        switch self {
        case .payload:
            let texts = ["", "a", String(repeating: "a text that repeats itself. ", count: 50)]
            return texts.map { CompressedPayload.wrap(Array($0.utf8), level: 3) }
        case .frame: return [5, 6].map { Zstandard.compress([UInt8](repeating: $0, count: 3000), level: 1) }
        case .footer:
            var footers: [[UInt8]] = []
            for pack in packs { footers.append(try await repository.reader.readFooter(of: pack).encoded()) }
            return footers
        case .page:
            var pages: [[UInt8]] = []
            for pack in packs {
                for block in try await repository.reader.readFooter(of: pack).locations(in: pack)
                where block.kind == .manifest { pages.append(try await repository.reader.read(block)) }
            }
            return pages
        case .segment: return try objects.keys("index/").map { try open($0, objects, repository.keys) }
        case .snapshot: return [try open(SnapshotStore.key(ExampleRepository.first), objects, repository.keys)]
        case .root: return [objects[Repository.rootKey] ?? []]
        case .envelope:
            return [try Envelope.seal(Array("a document".utf8), named: Self.envelopeName, keys: repository.keys)]
        case .pack: return [try emptyPack(sealing: repository.keys)]
        case .keyFile: return [Array((ExampleRepository.key.keyFileText ?? "").utf8)]
        case .kept:
            let known = KnownPacks(
                listedAt: Date(timeIntervalSince1970: 1_700_000_000),
                packs: packs.map { ListedPack(id: $0, sizeInBytes: 1000, modifiedAt: 0) },
                covered: [[UInt8](repeating: 1, count: 16)]
            )
            return [known.encoded()]
        }
    }

    private static let envelopeName = "index/0/00"

    /// A pack of no blocks.
    private func emptyPack(sealing keys: RepositoryKeys) throws -> [UInt8] {
        let sealed = try PackSealing(id: Self.packID, keys: keys)
            .seal(CompressedPayload.wrap(PackFooter().encoded(), level: 3), number: .max, kind: PackSealing.footerKind)
        var length = ByteWriter()
        length.write(fixed: UInt32(sealed.count))
        return PackFooter.header + sealed + length.bytes + PackFooter.trailerEnd
    }

    private func open(_ key: ObjectKey, _ objects: StoredObjects, _ keys: RepositoryKeys) throws -> [UInt8] {
        try Envelope.open(objects[key] ?? [], named: key.rawValue, keys: keys)
    }

    /// Decodes, and does with the result what a reader does.
    func decode(_ bytes: [UInt8], _ keys: RepositoryKeys) throws {
        switch self {
        case .payload: _ = try CompressedPayload.unwrap(bytes, subject: "A payload")
        case .frame: _ = try Zstandard.expand(bytes[...], size: 3000)
        case .footer:
            let footer = try PackFooter.decode(bytes, pack: Self.packID)
            #expect(footer.locations(in: Self.packID).count == footer.blocks.count)
            _ = footer.end
            _ = footer.chunks(in: Self.packID)
        case .page:
            let rows = try ManifestPage.decode(bytes, subject: "A page")
            #expect(rows.count <= FormatLimits.pageRows)
            #expect(rows.allSatisfy { $0.key.count <= FormatLimits.key })
            var live = LiveData()
            live.insert(rows)
            let blocks = rows.compactMap { if case .present(let entry) = $0 { entry.location.block } else { nil } }
            _ = BlockRange.covering(Set(blocks))
            #expect(try ManifestPage.decode(ManifestPage.encode(rows), subject: "A page") == rows)
        case .segment:
            var table = ChunkTable()
            var records: [(id: RecordID, block: Int, offset: UInt32, length: UInt32)] = []
            let blocks = try IndexSegment.decode(bytes, subject: "A segment") { records.append(($0, $1, $2, $3)) }
            let places = blocks.map { table.add($0) }
            for record in records {
                table.insert(record.id, block: places[record.block], offset: record.offset, length: record.length)
                #expect(table.location(of: record.id) != nil)
            }
        case .snapshot:
            let snapshot = try SnapshotStore.decode(bytes, ExampleRepository.first).snapshot
            let manifests = snapshot.contents.map(\.manifest)
            _ = manifests.reduce(0) { $0 + $1.recordBytes + $1.entryCount }
            _ = BlockRange.covering(Set(manifests.flatMap(\.layers).flatMap(\.pages).map(\.block)))
        case .root:
            let root = try RepositoryRoot.decode(bytes, location: "memory://")
            _ = try root.open(with: ExampleRepository.key, location: "memory://")
        case .envelope: _ = try Envelope.open(bytes, named: Self.envelopeName, keys: keys)
        case .pack:
            let reader = PackReader(store: InMemoryObjectStore(), keys: keys)
            let range = try reader.footerRange(of: Self.packID, tail: bytes[...], packSize: bytes.count)
            _ = try reader.openFooter(of: Self.packID, bytes[range], at: range.lowerBound)
        case .keyFile: _ = try RepositoryKey.parseKeyFile(String(decoding: bytes, as: UTF8.self), path: "key")
        case .kept: _ = try KnownPacks(decoding: bytes)
        }
    }
}

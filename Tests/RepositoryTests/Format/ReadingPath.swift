import ObjectStore
import Testing

@testable import Repository

/// How an object is read, without a store: what a reader of it goes through, and nothing that does not see its bytes.
struct ReadingPath {
    let keys: RepositoryKeys
    private let reader: PackReader

    init(keys: RepositoryKeys) {
        self.keys = keys
        reader = PackReader(store: InMemoryObjectStore(), keys: keys)
    }

    /// - Parameter byte: Of a pack, only the part that has this byte is opened; all are for `nil`.
    func read(_ key: ObjectKey, _ bytes: ArraySlice<UInt8>, ofByte byte: Int?) throws {
        if key == Repository.rootKey {
            let root = try RepositoryRoot.decode(Array(bytes), location: "memory://")
            try root.authenticate(keys: keys, location: "memory://")
        } else if let pack = PackID(key: key) {
            try readPack(pack, bytes, ofByte: byte)
        } else {
            _ = try Envelope.open(Array(bytes), named: key.rawValue, keys: keys)
        }
    }

    private func readPack(_ pack: PackID, _ bytes: ArraySlice<UInt8>, ofByte byte: Int?) throws {
        let range = try reader.footerRange(of: pack, tail: bytes, packSize: bytes.count)
        if byte.map({ $0 < PackFooter.header.count }) ?? true { try reader.checkHeader(of: pack, bytes) }
        let footer = try reader.openFooter(of: pack, bytes[range], at: range.lowerBound)
        for block in footer.locations(in: pack) {
            let place = Int(block.offset)..<(Int(block.offset) + Int(block.storedLength))
            if byte.map(place.contains) ?? true { _ = try reader.open(block, in: Array(bytes), startingAt: 0) }
        }
    }
}

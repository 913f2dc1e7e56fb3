package import ObjectStore

/// Names a pack: 16 random bytes, written as 32 hexadecimal digits.
///
/// Held as two numbers, without an allocation of its own: there may be a million packs.
package struct PackID: Hashable, Sendable, Comparable, CustomStringConvertible {
    static let sizeInBytes = 16

    private let high: UInt64
    private let low: UInt64

    /// A new one.
    init() {
        var random = SystemRandomNumberGenerator()
        high = random.next()
        low = random.next()
    }

    init(bytes: some Collection<UInt8>) {
        precondition(bytes.count == Self.sizeInBytes, "a pack id has 16 bytes")
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// - Returns: `nil` for anything but 32 hexadecimal digits.
    init?(hexadecimal text: some StringProtocol) {
        guard let bytes = [UInt8](hexadecimal: String(text)), bytes.count == Self.sizeInBytes else { return nil }
        self.init(bytes: bytes)
    }

    /// The id as it is stored: big-endian.
    var bytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 & 7))) }
    }

    package var description: String { bytes.hexadecimal }

    /// In the order of their keys.
    package static func < (left: PackID, right: PackID) -> Bool { (left.high, left.low) < (right.high, right.low) }

    /// How the keys of all packs start.
    static let prefix = "packs/"

    /// `packs/<first two digits>/<id>`.
    package var key: ObjectKey {
        let digits = description
        return ObjectKey("\(Self.prefix)\(digits.prefix(2))/\(digits)")
    }

    /// The pack that lies under `key`; `nil` when no pack does.
    init?(key: ObjectKey) {
        guard let name = key.rawValue.split(separator: "/").last, let id = PackID(hexadecimal: name), id.key == key
        else { return nil }
        self = id
    }

    /// The pack whose relocation lies under `key`; `nil` when none does.
    init?(relocationKey key: ObjectKey) {
        guard let name = key.rawValue.split(separator: "/").last, name.hasSuffix(Relocation.suffix),
            let id = PackID(hexadecimal: name.dropLast(Relocation.suffix.count)), Relocation.key(id) == key
        else { return nil }
        self = id
    }
}

package import ObjectStore

/// Names a pack: 16 random bytes, written as 32 hexadecimal digits.
package struct PackID: Hashable, Sendable, CustomStringConvertible {
    static let sizeInBytes = 16

    let bytes: [UInt8]

    init() {
        var random = SystemRandomNumberGenerator()
        bytes = (0..<Self.sizeInBytes).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    init(bytes: some Collection<UInt8>) {
        precondition(bytes.count == Self.sizeInBytes, "a pack id has 16 bytes")
        self.bytes = Array(bytes)
    }

    package var description: String { bytes.hexadecimal }

    /// How the keys of all packs start.
    static let prefix = "packs/"

    /// `packs/<first two digits>/<id>`.
    package var key: ObjectKey { ObjectKey("\(Self.prefix)\(bytes.prefix(1).hexadecimal)/\(self)") }

    /// The pack that lies under `key`; `nil` when no pack does.
    init?(key: ObjectKey) {
        guard let name = key.rawValue.split(separator: "/").last, let bytes = [UInt8](hexadecimal: String(name)),
            bytes.count == Self.sizeInBytes
        else { return nil }
        self.bytes = bytes
        if self.key != key { return nil }
    }
}

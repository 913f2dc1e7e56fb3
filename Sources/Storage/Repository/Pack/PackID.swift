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

    /// `packs/<first two digits>/<id>`.
    package var key: ObjectKey { ObjectKey("packs/\(bytes.prefix(1).hexadecimal)/\(self)") }
}

/// Where a block lies: enough to fetch it with one ranged read and to open it.
package struct BlockLocation: Hashable, Sendable {
    package let pack: PackID
    /// The block's place in the pack, counted from 0; its nonce.
    let number: UInt32
    let kind: BlockKind
    /// In bytes from the start of the pack.
    package let offset: UInt64
    /// As stored, tag included, in bytes.
    package let storedLength: UInt32
}

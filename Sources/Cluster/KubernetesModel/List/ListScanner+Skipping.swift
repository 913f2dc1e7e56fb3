extension ListScanner {
    /// Goes through what lies deeper than anything that matters: nearly all of a list.
    ///
    /// The same grammar as ``scan(_:)``, for what is usual: no white space, tokens that lie in one chunk. It stops in
    /// front of anything else, and at the closing bracket that leads back to a depth that matters; ``scan(_:)`` goes on
    /// from there, byte by byte.
    mutating func skip(_ bytes: RawSpan) {
        let end = bytes.byteCount
        let watchedDepth = watchedDepth
        // In registers while it runs.
        var position = position
        var state = state
        var depth = depth
        var containers = containers
        defer {
            self.position = position
            self.state = state
            self.depth = depth
            self.containers = containers
        }
        while position < end {
            // `position` is below the count here; elsewhere it is checked before a byte is loaded.
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            switch state {
            case .afterValue:
                let isObject = containers & 1 == 1
                switch byte {
                case UInt8(ascii: ","):
                    state = isObject ? .key : .value
                    position &+= 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    let isMatch = isObject == (byte == UInt8(ascii: "}"))
                    guard isMatch, depth &- 1 > watchedDepth, (depth &- 1) & 63 != 0 else { return }
                    containers >>= 1
                    depth &-= 1
                    position &+= 1
                default:
                    return
                }
            case .key:
                guard byte == UInt8(ascii: "\"") else { return }
                let quote = Self.endOfString(bytes, from: position &+ 1)
                guard quote &+ 1 < end else { return }
                let pair = unsafe UInt16(
                    littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: quote, as: UInt16.self)
                )
                guard pair == UInt16(UInt8(ascii: ":")) << 8 | UInt16(UInt8(ascii: "\"")) else { return }
                position = quote &+ 2
                state = .value
            case .value:
                switch byte {
                case UInt8(ascii: "\""):
                    let quote = Self.endOfString(bytes, from: position &+ 1)
                    guard quote < end else { return }
                    let last = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: quote, as: UInt8.self)
                    guard last == UInt8(ascii: "\"") else { return }
                    position = quote &+ 1
                    state = .afterValue
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    guard position &+ 1 < end, depth < maximumDepth, depth & 63 != 0 else { return }
                    let next = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position &+ 1, as: UInt8.self)
                    // The closing brackets stand two places after the opening ones.
                    if next == byte &+ 2 {
                        position &+= 2
                        state = .afterValue
                        continue
                    }
                    let isObject = byte == UInt8(ascii: "{")
                    // White space may hide a closing bracket.
                    guard next > 0x20 else { return }
                    containers = containers << 1 | (isObject ? 1 : 0)
                    depth &+= 1
                    position &+= 1
                    state = isObject ? .key : .value
                case UInt8(ascii: "1")...UInt8(ascii: "9"):
                    var next = position &+ 1
                    while next < end {
                        let digit = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: next, as: UInt8.self)
                        guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { break }
                        next &+= 1
                    }
                    guard next < end else { return }
                    let after = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: next, as: UInt8.self)
                    // A fraction or an exponent is rare.
                    guard after != UInt8(ascii: "."), after | 0x20 != UInt8(ascii: "e") else { return }
                    position = next
                    state = .afterValue
                case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
                    let isFalse = byte == UInt8(ascii: "f")
                    guard position &+ 5 <= end else { return }
                    let rest = unsafe UInt32(
                        littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position &+ 1, as: UInt32.self)
                    )
                    // "alse", "rue", "ull", the first letter lowest.
                    let expected: UInt32 = isFalse ? 0x6573_6C61 : byte == UInt8(ascii: "t") ? 0x65_7572 : 0x6C_6C75
                    guard isFalse ? rest == expected : rest & 0xFF_FFFF == expected else { return }
                    position &+= isFalse ? 5 : 4
                    state = .afterValue
                default:
                    return
                }
            default:
                return
            }
        }
    }

    /// The quote that ends the string whose first byte is at `start`.
    ///
    /// - Returns: Something else than a quote, or the end, where the string does not end in this chunk, or is unusual.
    @inline(__always)
    private static func endOfString(_ bytes: RawSpan, from start: Int) -> Int {
        var position = endOfPlainText(bytes, from: start)
        while position &+ 1 < bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            guard byte == UInt8(ascii: "\\") else { return position }
            let escaped = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position &+ 1, as: UInt8.self)
            switch escaped {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"),
                UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"):
                position = endOfPlainText(bytes, from: position &+ 2)
            default:
                return position
            }
        }
        return position
    }
}

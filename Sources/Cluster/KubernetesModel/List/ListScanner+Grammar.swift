extension ListScanner {
    /// Where in JSON's grammar the next byte stands.
    enum State: UInt8 {
        case value, valueOrEnd, key, keyOrEnd, colon, afterValue, done
        case string, escape, hex4, hex3, hex2, hex1
        case literal
        case minus, zero, integer, point, fraction, exponentMark, exponentSign, exponent
    }

    /// Goes through the chunk up to the end of an item, or of the chunk.
    ///
    /// - Returns: Whether an item ended at ``position``.
    mutating func scan(_ bytes: RawSpan) throws(JSONError) -> Bool {
        let end = bytes.byteCount
        while position < end {
            if depth > watchedDepth {
                skip(bytes)
                guard position < end else { return false }
            }
            // `position` is below the count here and wherever a byte is loaded.
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            switch state {
            case .string:
                position = Self.endOfPlainText(bytes, from: position)
                guard position < end else { return false }
                let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
                switch byte {
                case UInt8(ascii: "\""):
                    position += 1
                    if isKey {
                        state = .colon
                        if depth <= watchedDepth { try endKey(bytes) }
                    } else {
                        state = .afterValue
                        if depth <= watchedDepth, try endValue(bytes) { return true }
                    }
                case UInt8(ascii: "\\"):
                    position += 1
                    state = .escape
                    hasEscape = true
                default:
                    throw malformed("a control character stands in a string")
                }
            case .afterValue:
                position += 1
                switch byte {
                case UInt8(ascii: ","):
                    state = containers & 1 == 1 ? .key : .value
                case UInt8(ascii: "}"):
                    guard containers & 1 == 1 else { throw malformed("a bracket closes that is not open", back: 1) }
                    if try close(bytes) { return true }
                case UInt8(ascii: "]"):
                    guard containers & 1 == 0 else { throw malformed("a bracket closes that is not open", back: 1) }
                    if try close(bytes) { return true }
                case 0x20, 0x0A, 0x0D, 0x09: break
                default: throw malformed("a comma should stand here", back: 1)
                }
            case .key, .keyOrEnd:
                switch byte {
                case UInt8(ascii: "\""):
                    if depth <= watchedDepth { startKey() }
                    position += 1
                    isKey = true
                    state = .string
                case UInt8(ascii: "}") where state == .keyOrEnd:
                    position += 1
                    if try close(bytes) { return true }
                case 0x20, 0x0A, 0x0D, 0x09: position += 1
                default: throw malformed("a key in quotes should stand here")
                }
            case .colon:
                switch byte {
                case UInt8(ascii: ":"): state = .value
                case 0x20, 0x0A, 0x0D, 0x09: break
                default: throw malformed("a colon should stand here")
                }
                position += 1
            case .value, .valueOrEnd:
                if depth <= watchedDepth, byte > 0x20, byte != UInt8(ascii: "]") { try startValue(byte) }
                switch byte {
                case UInt8(ascii: "\""):
                    isKey = false
                    state = .string
                case UInt8(ascii: "{"): try open(isObject: true)
                case UInt8(ascii: "["): try open(isObject: false)
                case UInt8(ascii: "]") where state == .valueOrEnd:
                    position += 1
                    if try close(bytes) { return true }
                    continue
                case UInt8(ascii: "t"): startLiteral(0x65_75_72)
                case UInt8(ascii: "f"): startLiteral(0x65_73_6C_61)
                case UInt8(ascii: "n"): startLiteral(0x6C_6C_75)
                case UInt8(ascii: "-"): state = .minus
                case UInt8(ascii: "0"): state = .zero
                case UInt8(ascii: "1")...UInt8(ascii: "9"): state = .integer
                case 0x20, 0x0A, 0x0D, 0x09: break
                default: throw malformed("a value should stand here")
                }
                position += 1
            case .literal:
                guard byte == UInt8(truncatingIfNeeded: literalRest) else {
                    throw malformed("a value should stand here")
                }
                position += 1
                literalRest >>= 8
                if literalRest == 0 {
                    state = .afterValue
                    if depth <= watchedDepth, try endValue(bytes) { return true }
                }
            case .escape, .hex4, .hex3, .hex2, .hex1:
                try continueEscape(byte)
            case .minus, .zero, .integer, .point, .fraction, .exponentMark, .exponentSign, .exponent:
                if try !continueNumber(byte) {
                    state = .afterValue
                    if depth <= watchedDepth, try endValue(bytes) { return true }
                }
            case .done:
                switch byte {
                case 0x20, 0x0A, 0x0D, 0x09: position += 1
                default: throw malformed("something follows the end of the document")
                }
            }
        }
        return false
    }

    /// The first byte from `start` on that is a quote, a backslash or a control character; the end if there is none.
    @inline(__always)
    static func endOfPlainText(_ bytes: RawSpan, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = start
        while position &+ 8 <= bytes.byteCount {
            // Eight bytes at a time: a byte minus one borrows from its top bit only when it was zero. Borrows go to
            // higher bytes, so the lowest hit is always a true one.
            let word = unsafe UInt64(
                littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
            )
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let hits =
                (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- ones &* 0x20) & ~word))
                & (ones &* 0x80)
            if hits != 0 { return position &+ hits.trailingZeroBitCount >> 3 }
            position &+= 8
        }
        while position < bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return position }
            position &+= 1
        }
        return position
    }

    @inline(__always)
    private mutating func open(isObject: Bool) throws(JSONError) {
        guard depth < maximumDepth else {
            throw JSONError(.tooDeep, "The list is nested deeper than \(maximumDepth) levels", offset: offset)
        }
        if depth & 63 == 0 { outerContainers.append(containers) }
        containers = containers << 1 | (isObject ? 1 : 0)
        depth += 1
        state = isObject ? .keyOrEnd : .valueOrEnd
    }

    /// - Returns: Whether an item has ended.
    @inline(__always)
    private mutating func close(_ bytes: RawSpan) throws(JSONError) -> Bool {
        containers >>= 1
        depth -= 1
        if depth & 63 == 0 { containers = outerContainers.removeLast() }
        state = depth == 0 ? .done : .afterValue
        return depth <= watchedDepth ? try endValue(bytes) : false
    }

    private mutating func startLiteral(_ rest: UInt32) {
        literalRest = rest
        state = .literal
    }

    private mutating func continueEscape(_ byte: UInt8) throws(JSONError) {
        switch (state, byte) {
        case (.escape, UInt8(ascii: "u")):
            state = .hex4
        case (.escape, UInt8(ascii: "\"")), (.escape, UInt8(ascii: "\\")), (.escape, UInt8(ascii: "/")),
            (.escape, UInt8(ascii: "b")), (.escape, UInt8(ascii: "f")), (.escape, UInt8(ascii: "n")),
            (.escape, UInt8(ascii: "r")), (.escape, UInt8(ascii: "t")):
            state = .string
        case (.escape, _):
            throw malformed("an unknown escape stands in a string")
        default:
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                UInt8(ascii: "A")...UInt8(ascii: "F"):
                state = state == .hex1 ? .string : State(rawValue: state.rawValue + 1) ?? .string
            default:
                throw malformed("four hexadecimal digits should stand here")
            }
        }
        position += 1
    }

    /// - Returns: Whether `byte` belongs to the number, and was taken.
    private mutating func continueNumber(_ byte: UInt8) throws(JSONError) -> Bool {
        let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        let isExponentMark = byte | 0x20 == UInt8(ascii: "e")
        switch state {
        case .minus where isDigit: state = byte == UInt8(ascii: "0") ? .zero : .integer
        case .integer where isDigit, .fraction where isDigit, .exponent where isDigit: break
        case .zero where byte == UInt8(ascii: "."), .integer where byte == UInt8(ascii: "."): state = .point
        case .zero where isExponentMark, .integer where isExponentMark, .fraction where isExponentMark:
            state = .exponentMark
        case .point where isDigit: state = .fraction
        case .exponentMark where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): state = .exponentSign
        case .exponentMark where isDigit, .exponentSign where isDigit: state = .exponent
        case .zero, .integer, .fraction, .exponent: return false
        default: throw malformed("a digit should stand here")
        }
        position += 1
        return true
    }
}

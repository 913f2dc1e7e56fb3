/// Decodes one base64 text that arrives in pieces cut anywhere.
struct Base64Stream {
    /// The bits of a group that is not complete.
    private var bits: UInt32 = 0
    private var characters = 0
    private var padding = 0

    /// Whether the text could end here.
    var isComplete: Bool { characters == 0 }

    /// Decodes as much of `input[position...]` as it can, stops in front of the first byte that is not base64, and
    /// moves `position` and `filled` on.
    ///
    /// Stops, too, when fewer than three bytes of room are left in `output`.
    ///
    /// - Returns: `false` when the text is not base64: padding in the wrong place, or characters after it.
    mutating func decode(
        _ input: borrowing [UInt8],
        position: inout Int,
        into output: inout [UInt8],
        filled: inout Int
    ) -> Bool {
        while position < input.count, output.count - filled >= 3 {
            if characters == 0, padding == 0 {
                let (read, written) = Base64Tables.decodeGroups(input, from: position, into: &output, from: filled)
                position += read
                filled += written
                guard position < input.count, output.count - filled >= 3 else { return true }
            }
            let character = input[position]
            let value = Base64Tables.value(of: character)
            if character == UInt8(ascii: "=") {
                guard characters >= 2 else { return false }
                padding += 1
                bits <<= 6
            } else if value != Base64Tables.invalid {
                guard padding == 0 else { return false }
                bits = bits << 6 | value
            } else {
                return true
            }
            position += 1
            characters += 1
            if characters == 4 {
                finishGroup(into: &output, filled: &filled)
            }
        }
        return true
    }

    private mutating func finishGroup(into output: inout [UInt8], filled: inout Int) {
        for index in 0..<(3 - padding) {
            output[filled] = UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * index))
            filled += 1
        }
        bits = 0
        characters = 0
    }
}

/// Four tables that turn the four characters of a base64 group into their bits of its 24.
///
/// One look-up and one OR a character; a character outside the alphabet sets a bit above the 24, so that one comparison
/// checks a whole group.
enum Base64Tables {
    static let invalid: UInt32 = 0x8000_0000

    /// The table for the first character, then those for the second, third and fourth: 256 entries each.
    static let entries: [UInt32] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var entries = [UInt32](repeating: invalid, count: 4 * 256)
        for (value, character) in alphabet.enumerated() {
            for place in 0..<4 {
                entries[256 * place + Int(character)] = UInt32(value) << UInt32(6 * (3 - place))
            }
        }
        return entries
    }()

    /// The 6 bits of `character`; ``invalid`` when it is not in the alphabet.
    static func value(of character: UInt8) -> UInt32 {
        entries[3 * 256 + Int(character)]
    }

    /// Decodes whole groups from `input[inputStart...]` into `output[outputStart...]` until the input has fewer than
    /// four characters left, the output fewer than three bytes of room, or a group holds anything else than four
    /// characters of the alphabet.
    ///
    /// - Returns: The characters read and the bytes written.
    static func decodeGroups(
        _ input: borrowing [UInt8],
        from inputStart: Int,
        into output: inout [UInt8],
        from outputStart: Int
    ) -> (read: Int, written: Int) {
        let groups = min((input.count - inputStart) / 4, (output.count - outputStart) / 3)
        guard groups > 0, inputStart >= 0, outputStart >= 0 else { return (0, 0) }
        // The bounds of every access are in `groups`: checking each again costs half of the speed.
        let done = unsafe entries.withUnsafeBufferPointer { table in
            unsafe input.withUnsafeBufferPointer { input in
                unsafe output.withUnsafeMutableBufferPointer { output in
                    guard let table = table.baseAddress, let input = input.baseAddress, let output = output.baseAddress
                    else { return 0 }
                    var source = unsafe input + inputStart
                    var target = unsafe output + outputStart
                    var group = 0
                    while group < groups {
                        let bits =
                            unsafe table[Int(source[0])] | table[256 + Int(source[1])]
                            | table[512 + Int(source[2])] | table[768 + Int(source[3])]
                        if bits >= 1 << 24 { break }
                        unsafe target[0] = UInt8(truncatingIfNeeded: bits >> 16)
                        unsafe target[1] = UInt8(truncatingIfNeeded: bits >> 8)
                        unsafe target[2] = UInt8(truncatingIfNeeded: bits)
                        unsafe source += 4
                        unsafe target += 3
                        group += 1
                    }
                    return group
                }
            }
        }
        return (4 * done, 3 * done)
    }
}

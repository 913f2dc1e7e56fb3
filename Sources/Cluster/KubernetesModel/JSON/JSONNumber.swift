/// A number of a JSON document, kept as it is written: `9007199254740993`, `1.50`, `1e3`.
package struct JSONNumber: Sendable, Hashable {
    /// As in the document.
    package let literal: String

    /// - Parameter literal: A number in JSON's grammar; the parser has checked it.
    init(checked literal: String) { self.literal = literal }

    /// - Returns: `nil` when `literal` is not a JSON number.
    package init?(literal: String) {
        guard case .number(let number)? = try? JSONValue(parsing: Array(literal.utf8)),
            number.literal.utf8.count == literal.utf8.count
        else { return nil }
        self = number
    }

    package init(_ value: some FixedWidthInteger) { literal = String(value) }

    /// The value, when it is written as an integer and fits.
    package var integer: Int? { Int(literal) }

    /// The nearest floating-point value.
    package var double: Double { Double(literal) ?? .nan }
}

extension JSONNumber {
    /// Whether both stand for exactly the same value, however written: `1`, `1.0` and `10e-1`.
    package func isNumericallyEqual(to other: JSONNumber) -> Bool {
        if literal == other.literal { return true }
        guard let left = DecimalForm(literal), let right = DecimalForm(other.literal) else { return false }
        return left == right
    }

    /// ± 0.DIGITS × 10^exponent without leading or trailing zeros; zero has no digits.
    private struct DecimalForm: Equatable {
        var isNegative: Bool
        var digits: [UInt8] = []
        var exponent = 0

        /// - Returns: `nil` for an exponent beyond any use.
        init?(_ literal: String) {
            isNegative = literal.utf8.first == UInt8(ascii: "-")
            var integerDigits = 0
            var seenPoint = false
            var exponentText = ""
            var inExponent = false
            for byte in literal.utf8.dropFirst(isNegative ? 1 : 0) {
                switch byte {
                case UInt8(ascii: "."): seenPoint = true
                case UInt8(ascii: "e"), UInt8(ascii: "E"): inExponent = true
                default:
                    if inExponent {
                        exponentText.unicodeScalars.append(Unicode.Scalar(byte))
                    } else {
                        digits.append(byte)
                        if !seenPoint { integerDigits += 1 }
                    }
                }
            }
            var shift = 0
            if inExponent {
                guard let value = Int32(exponentText) else { return nil }
                shift = Int(value)
            }
            exponent = integerDigits + shift
            let zero = UInt8(ascii: "0")
            let leading = digits.prefix { $0 == zero }.count
            digits.removeFirst(leading)
            exponent -= leading
            while digits.last == zero { digits.removeLast() }
            if digits.isEmpty { (isNegative, exponent) = (false, 0) }
        }
    }
}

extension JSONNumber: CustomStringConvertible {
    package var description: String { literal }
}

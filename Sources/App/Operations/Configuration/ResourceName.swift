/// The rules of names, those of Kubernetes: what can be typed, and stands in file names and URLs without quotes.
package enum ResourceName {
    static let labelRule = "Use up to 63 lower-case letters, digits and '-', with a letter or digit at both ends."
    static let subdomainRule =
        "Use up to 253 lower-case letters, digits, '-' and '.', with a letter or digit at both ends of each part."

    /// An RFC 1123 label.
    package static func isLabel(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 63 && isLabelText(text.utf8[...])
    }

    /// An RFC 1123 subdomain: labels joined by dots.
    package static func isSubdomain(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabelText)
    }

    private static func isLabelText(_ bytes: Substring.UTF8View) -> Bool {
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Checks the name of a backup or restore.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/usage``.
    package static func check(_ name: String, of what: String) throws(OperationError) {
        guard isSubdomain(name) else {
            throw OperationError(.usage, "'\(name)' is no name for a \(what). \(subdomainRule)")
        }
    }
}

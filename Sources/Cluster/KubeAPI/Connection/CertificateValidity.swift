import FoundationEssentials

/// Reads from an X.509 certificate until when it is valid, and nothing else.
enum CertificateValidity {
    /// - Parameter pem: The first certificate in it counts.
    /// - Returns: `nil` when there is none that can be read; who uses it will say so.
    static func end(ofPEM pem: [UInt8]) -> Date? {
        let text = String(decoding: pem, as: UTF8.self)
        let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
        guard let first = text.firstRange(of: begin), let last = text[first.upperBound...].firstRange(of: end),
            let der = Data(base64Encoded: text[first.upperBound..<last.lowerBound].filter { !$0.isWhitespace })
        else { return nil }
        var certificate = DERReader(Array(der)[...])
        guard var outer = certificate.enter(.sequence), var fields = outer.enter(.sequence) else { return nil }
        _ = fields.skip(.version)
        // Serial number, signature algorithm, issuer.
        guard fields.skip(.integer), fields.skip(.sequence), fields.skip(.sequence),
            var validity = fields.enter(.sequence), validity.time() != nil
        else { return nil }
        return validity.time()
    }
}

/// Walks over DER-encoded ASN.1.
private struct DERReader {
    enum Tag: UInt8 {
        case integer = 0x02
        case utcTime = 0x17
        case generalizedTime = 0x18
        case sequence = 0x30
        case version = 0xA0
    }

    private var bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    mutating func enter(_ tag: Tag) -> DERReader? { take(tag).map { DERReader($0) } }

    mutating func skip(_ tag: Tag) -> Bool { take(tag) != nil }

    /// `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ`.
    mutating func time() -> Date? {
        let isShort = bytes.first == Tag.utcTime.rawValue
        guard let content = take(isShort ? .utcTime : .generalizedTime) else { return nil }
        let text = String(decoding: content, as: UTF8.self)
        guard text.last == "Z", text.utf8.count == (isShort ? 13 : 15) else { return nil }
        // RFC 5280: two digits mean 1950 to 2049.
        let century = isShort ? (text.prefix(2) >= "50" ? "19" : "20") : ""
        let digits = Array(century + text)
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return try? Date(
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))Z",
            strategy: .iso8601
        )
    }

    /// The content of the next element if it has this tag; otherwise nothing is consumed.
    private mutating func take(_ tag: Tag) -> ArraySlice<UInt8>? {
        guard bytes.count >= 2, bytes.first == tag.rawValue else { return nil }
        var rest = bytes.dropFirst()
        guard var length = rest.popFirst().map(Int.init) else { return nil }
        if length >= 0x80 {
            let size = length - 0x80
            guard 1...4 ~= size, rest.count >= size else { return nil }
            length = rest.prefix(size).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(size)
        }
        guard rest.count >= length else { return nil }
        bytes = rest.dropFirst(length)
        return rest.prefix(length)
    }
}

/// The base URL of one member, checked and without a slash at its end.
struct EtcdEndpoint: Sendable, Hashable {
    let url: String

    var usesTLS: Bool { url.hasPrefix("https://") }

    init(_ text: String) throws(EtcdError) {
        let given = text.drop(while: \.isWhitespace)
        let scheme = ["https://", "http://"].first { given.hasPrefix($0) }
        var authority = given.dropFirst(scheme?.count ?? 0)
        while let last = authority.last, last == "/" || last.isWhitespace {
            authority.removeLast()
        }
        guard let scheme, Self.isAuthority(authority) else {
            throw EtcdError(
                .invalidConfiguration,
                "'\(Self.withoutUser(text))' is not an etcd endpoint. Give a client URL such as "
                    + "'https://127.0.0.1:2379': with its scheme, without a path or a user name."
            )
        }
        url = scheme + authority
    }

    /// Whether `text` can stand between the scheme and the path: a host, and a port if any.
    private static func isAuthority(_ text: Substring) -> Bool {
        !text.isEmpty && text.first != ":"
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\\"):
                    false
                default: byte > 0x20 && byte < 0x7F
                }
            }
    }

    /// `text` without what stands before an `@`, which may be a password.
    private static func withoutUser(_ text: String) -> Substring {
        guard let at = text.lastIndex(of: "@") else { return text[...] }
        return text[text.index(after: at)...]
    }
}

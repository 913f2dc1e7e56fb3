import KubernetesModel

/// Builds the paths and queries of the API.
enum RequestPath {
    /// `/api/v1/namespaces/NS/pods/NAME/status`, `/apis/GROUP/VERSION/RESOURCE`.
    ///
    /// - Throws: ``KubeAPIError`` for a namespace or name that cannot stand in a path.
    static func path(
        _ resource: APIResource,
        namespace: String?,
        name: String? = nil,
        subresource: String? = nil
    ) throws(KubeAPIError) -> String {
        let gvr = resource.gvr
        var path = gvr.group.isEmpty ? "/api/" : "/apis/\(try segment(gvr.group))/"
        path += try segment(gvr.version)
        if let namespace { path += "/namespaces/\(try segment(namespace))" }
        path += "/\(try segment(gvr.resource))"
        if let name { path += "/\(try segment(name))" }
        if let subresource { path += "/\(try segment(subresource))" }
        return path
    }

    /// `?a=b&c=d`, or nothing.
    static func query(_ items: [(String, String)]) -> String {
        guard !items.isEmpty else { return "" }
        return "?" + items.map { "\(encoded($0))=\(encoded($1))" }.joined(separator: "&")
    }

    private static func segment(_ text: String) throws(KubeAPIError) -> String {
        guard !text.isEmpty, text != ".", text != "..", !text.utf8.contains(UInt8(ascii: "/")) else {
            throw KubeAPIError(.invalid, "'\(text)' cannot be the name of a Kubernetes object or resource.")
        }
        return encoded(text)
    }

    /// All but RFC 3986's unreserved characters as `%XX`.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}

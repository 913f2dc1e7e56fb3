import Crypto
import HTTPTransport
import HTTPTypes

/// AWS Signature Version 4: shows that a request comes from the holder of a secret, unchanged and of late.
///
/// Names and values follow the *AWS Signature Version 4* chapter of the S3 API reference.
struct SignatureV4: Sendable {
    /// The hash that stands for a body that is not signed.
    static let unsignedPayload = "UNSIGNED-PAYLOAD"
    /// The hash that stands for a body whose chunks are signed one by one.
    static let streamingPayload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    static let emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    let credentials: AWSCredentials
    let region: String
    var service = "s3"
    let time: Timestamp

    /// Signs `request` with all its fields.
    ///
    /// Sets `x-amz-date`, `x-amz-content-sha256`, `x-amz-security-token` and `Authorization`.
    ///
    /// - Parameters:
    ///   - request: The request. Its URL must be encoded as ``PercentEncoding`` does it.
    ///   - payloadHash: The SHA-256 of the body in hexadecimal, or what stands for it.
    /// - Returns: The signature, which the chunks of a streamed body go on from.
    @discardableResult
    func sign(_ request: inout HTTPClientRequest, payloadHash: String) -> String {
        request.fields[.amzDate] = time.basic
        request.fields[.amzContentSHA256] = payloadHash
        request.fields[.amzSecurityToken] = credentials.sessionToken
        let url = SplitURL(request.url)
        var fields = request.fields.map { ($0.name.canonicalName, Self.normalize($0.value)) }
        fields.append(("host", url.authority))
        fields.sort { $0.0 < $1.0 }
        let signedFields = fields.map(\.0).joined(separator: ";")
        let canonicalRequest = [
            request.method.rawValue, url.path, url.canonicalQuery,
            fields.map { "\($0.0):\($0.1)\n" }.joined(), signedFields, payloadHash,
        ].joined(separator: "\n")
        let signature = signature(ofCanonicalRequest: canonicalRequest)
        request.fields[.authorization] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope),"
            + "SignedHeaders=\(signedFields),Signature=\(signature)"
        return signature
    }

    /// Makes `url` one that anybody can send a request to for a while.
    ///
    /// - Parameter seconds: For how long; at most 604,800, a week.
    func presign(_ method: HTTPRequest.Method, url: String, seconds: Int) -> String {
        var url = SplitURL(url)
        url.query += [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope)"),
            ("X-Amz-Date", time.basic), ("X-Amz-Expires", String(seconds)), ("X-Amz-SignedHeaders", "host"),
        ].map { ($0, PercentEncoding.query($1)) }
        if let token = credentials.sessionToken {
            url.query.append(("X-Amz-Security-Token", PercentEncoding.query(token)))
        }
        let canonicalRequest = [
            method.rawValue, url.path, url.canonicalQuery, "host:\(url.authority)\n", "host", Self.unsignedPayload,
        ].joined(separator: "\n")
        url.query.append(("X-Amz-Signature", signature(ofCanonicalRequest: canonicalRequest)))
        return url.text
    }

    /// The day, region and service that a signature is good for.
    var scope: String { "\(time.basicDate)/\(region)/\(service)/aws4_request" }

    private func signature(ofCanonicalRequest request: String) -> String {
        let hash = SHA256.hash(data: Array(request.utf8)).hexadecimal
        return signature(of: "AWS4-HMAC-SHA256\n\(time.basic)\n\(scope)\n\(hash)", with: signingKey)
    }

    func signature(of text: String, with key: SymmetricKey) -> String {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key).hexadecimal
    }

    var signingKey: SymmetricKey {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secretAccessKey)".utf8))
        for part in [time.basicDate, region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return key
    }

    /// A field's value without space around it, and with one space for several.
    private static func normalize(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
    }
}

/// The parts of a URL, still encoded.
struct SplitURL {
    let scheme: String
    let authority: String
    /// Never empty.
    let path: String
    var query: [(name: String, value: String)]

    init(_ url: String) {
        let schemeEnd = url.firstRange(of: "://")
        scheme = schemeEnd.map { String(url[..<$0.lowerBound]) } ?? ""
        let rest = schemeEnd.map { url[$0.upperBound...] } ?? url[...]
        let beforeQuery = rest.prefix { $0 != "?" }
        authority = String(beforeQuery.prefix { $0 != "/" })
        let path = beforeQuery.dropFirst(authority.count)
        self.path = path.isEmpty ? "/" : String(path)
        query = rest.dropFirst(beforeQuery.count + 1).split(separator: "&").map { pair in
            let name = pair.prefix { $0 != "=" }
            return (String(name), String(pair.dropFirst(name.count + 1)))
        }
    }

    var canonicalQuery: String {
        query.sorted { ($0.name, $0.value) < ($1.name, $1.value) }.map { "\($0.name)=\($0.value)" }.joined(
            separator: "&"
        )
    }

    var text: String {
        let query = query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return "\(scheme)://\(authority)\(path)\(query.isEmpty ? "" : "?" + query)"
    }
}

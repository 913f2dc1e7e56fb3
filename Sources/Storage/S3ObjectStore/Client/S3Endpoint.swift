import ObjectStore

/// Where a bucket's objects are: turns keys into URLs.
struct S3Endpoint: Sendable {
    private let scheme: String
    /// Host, and port unless it is the scheme's own.
    private let authority: String
    /// The path before a key, without a `/` at its end.
    private let basePath: String
    /// Whether the server is AWS's, and does as AWS documents.
    let isAWS: Bool

    var isEncrypted: Bool { scheme == "https" }

    /// - Throws: ``ObjectStoreError`` with code `misconfigured` when bucket or endpoint cannot be used.
    init(_ configuration: S3Configuration, region: String) throws {
        let bucket = configuration.bucket
        guard !bucket.isEmpty, bucket.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !"/?#%\"<>\\".utf8.contains($0) }) else {
            throw ObjectStoreError(
                .misconfigured,
                "'\(bucket)' is no name of a bucket. Give it as 's3://BUCKET/PREFIX'."
            )
        }
        let server = try Server(configuration.endpoint, region: region)
        scheme = server.scheme
        isAWS = server.isAWS
        let isInHost =
            switch configuration.addressing {
            case .automatic: server.isAWS && Self.fitsHost(bucket, scheme: server.scheme)
            case .path: false
            case .virtualHosted: true
            }
        if isInHost, !Self.fitsHost(bucket, scheme: "http") {
            throw ObjectStoreError(
                .misconfigured,
                "The bucket's name '\(bucket)' cannot be part of a host's name. Use path addressing."
            )
        }
        authority = isInHost ? "\(bucket).\(server.authority)" : server.authority
        basePath = isInHost ? server.path : "\(server.path)/\(PercentEncoding.path(bucket))"
    }

    /// The URL of the object `key`, which is the key in the bucket, or of the bucket.
    func url(key: String?, query: [(String, String?)] = []) -> String {
        let path = key.map { "/" + PercentEncoding.path($0) } ?? (basePath.isEmpty ? "/" : "")
        let query = query.map { "\(PercentEncoding.query($0))=\(PercentEncoding.query($1 ?? ""))" }
            .joined(separator: "&")
        return "\(scheme)://\(authority)\(basePath)\(path)\(query.isEmpty ? "" : "?" + query)"
    }

    /// Whether the name can stand in front of a host's, and TLS's wildcards match it, which stop at dots.
    private static func fitsHost(_ bucket: String, scheme: String) -> Bool {
        let isName = bucket.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
            case UInt8(ascii: "."): scheme == "http"
            default: false
            }
        }
        return isName && (3...63).contains(bucket.utf8.count) && bucket.first != "-" && bucket.last != "-"
    }

    private struct Server {
        let scheme: String
        let authority: String
        let path: String
        let isAWS: Bool

        init(_ endpoint: String?, region: String) throws {
            guard let endpoint, !endpoint.isEmpty else {
                guard region.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || $0.isLowercaseLetterOrDigit }),
                    !region.isEmpty
                else { throw ObjectStoreError(.misconfigured, "'\(region)' is no region of AWS.") }
                let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
                (scheme, authority, path, isAWS) = ("https", "s3.\(region).\(domain)", "", true)
                return
            }
            let url = SplitURL(endpoint)
            let authority = url.authority.lowercased()
            guard ["http", "https"].contains(url.scheme), !authority.isEmpty, url.query.isEmpty,
                endpoint.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "@") })
            else {
                throw ObjectStoreError(
                    .misconfigured,
                    "The S3 endpoint '\(endpoint)' is not of the form 'https://host[:port][/path]'."
                )
            }
            scheme = url.scheme
            let defaultPort = scheme == "https" ? ":443" : ":80"
            self.authority =
                authority.hasSuffix(defaultPort) ? String(authority.dropLast(defaultPort.count)) : authority
            path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
            isAWS = self.authority.hasSuffix(".amazonaws.com") || self.authority.hasSuffix(".amazonaws.com.cn")
        }
    }
}

extension UInt8 {
    fileprivate var isLowercaseLetterOrDigit: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}

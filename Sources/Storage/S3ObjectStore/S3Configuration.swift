package import ObjectStore

/// Which bucket to use, and how to reach it.
///
/// What is `nil` comes from the environment or from AWS's shared files.
package struct S3Configuration: Sendable, Hashable {
    /// Where the bucket's name goes in a request.
    package enum Addressing: String, Sendable, Hashable, CaseIterable {
        /// In front of AWS's host where the name allows it, in the path for other servers.
        case automatic
        /// `https://host/bucket/key`
        case path
        /// `https://bucket.host/key`
        case virtualHosted = "virtual-hosted"
    }

    /// What the server encrypts objects with, on top of the repository's own encryption.
    package enum ServerSideEncryption: Sendable, Hashable {
        /// A key of the server's (`AES256`).
        case serverKey
        /// A key in the key management service (`aws:kms`); `nil` is the account's default key.
        case keyManagementService(keyID: String?)
        /// A key of ours, sent along with each request over TLS and not kept by the server (SSE-C). The file holds its 32
        /// bytes, as they are or in Base64.
        case customerKey(file: String)
    }

    package var bucket: String
    /// The start of all keys, with or without a `/` at its end; empty for the whole bucket.
    package var prefix: String
    /// `https://host[:port][/path]` of a server that is not AWS's.
    package var endpoint: String?
    package var region: String?
    /// The profile of the shared files.
    ///
    /// Named here, it goes before credentials in the environment, as `--profile` does with the AWS command line.
    package var profile: String?
    package var addressing = Addressing.automatic
    /// `STANDARD_IA`, `GLACIER_IR`, …; `nil` lets the server choose.
    package var storageClass: String?
    package var serverSideEncryption: ServerSideEncryption?
    /// A PEM file of certificates to trust instead of the system's.
    package var certificateAuthorityFile: String?
    /// Whether the server must show a certificate that is valid for its name.
    package var verifiesServer = true
    /// Whether the server keeps what it is asked to keep (`If-None-Match`, `If-Match`).
    ///
    /// Otherwise the store looks before it writes, and again afterwards.
    package var knowsConditions = true
    /// How objects are kept from deletion; `nil` when they are not.
    ///
    /// The bucket must have been made for it: ``S3ObjectStore/checkObjectLock()``.
    package var retention: ObjectRetention?
    /// Objects above this size are uploaded in parts.
    package var multipartThresholdInBytes = 64 << 20
    /// How large the parts are; at least 5 MiB.
    package var partSizeInBytes = 16 << 20
    /// How many parts of one object are uploaded at once.
    package var concurrentParts = 4

    package init(bucket: String, prefix: String = "") {
        self.bucket = bucket
        self.prefix = prefix
    }
}

import HTTPTypes

extension HTTPField.Name {
    static let amzDate = named("x-amz-date")
    static let amzContentSHA256 = named("x-amz-content-sha256")
    static let amzDecodedContentLength = named("x-amz-decoded-content-length")
    static let amzSecurityToken = named("x-amz-security-token")
    static let amzChecksumSHA256 = named("x-amz-checksum-sha256")
    static let amzChecksumAlgorithm = named("x-amz-checksum-algorithm")
    static let amzChecksumMode = named("x-amz-checksum-mode")
    static let amzStorageClass = named("x-amz-storage-class")
    static let amzLockMode = named("x-amz-object-lock-mode")
    static let amzLockEnd = named("x-amz-object-lock-retain-until-date")
    static let amzBucketRegion = named("x-amz-bucket-region")
    static let amzRequestID = named("x-amz-request-id")
    static let amzEncryption = named("x-amz-server-side-encryption")
    static let amzEncryptionKeyID = named("x-amz-server-side-encryption-aws-kms-key-id")
    static let amzCustomerAlgorithm = named("x-amz-server-side-encryption-customer-algorithm")
    static let amzCustomerKey = named("x-amz-server-side-encryption-customer-key")
    static let amzCustomerKeyMD5 = named("x-amz-server-side-encryption-customer-key-MD5")
    /// Tells our own write from somebody else's, after an answer was lost.
    static let kbackupWrite = named("x-amz-meta-kbackup-write")
    /// The size of an object's parts, with which its checksum can be computed again.
    static let kbackupPartSize = named("x-amz-meta-kbackup-part-size")
    static let contentMD5 = named("Content-MD5")

    /// A name that is written in this program.
    static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no field's name") }
        return name
    }
}

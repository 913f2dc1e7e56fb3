import SystemPackage

/// A storage location as commands show it.
///
/// It never holds a secret, only where one is.
package struct LocationDocument: Encodable, Sendable, Equatable {
    package var kind = "Location"
    package var name: String
    package var url: String
    package var isDefault: Bool
    /// Whether it is in the configuration file; otherwise it is the embedded one, or of the environment.
    package var isConfigured: Bool
    package var endpoint: String?
    package var region: String?
    package var profile: String?
    package var pathStyle: Bool?
    package var caBundle: String?
    package var insecureSkipTLSVerify: Bool?
    package var storageClass: String?
    package var sse: String?
    package var sseKMSKeyID: String?
    package var sseCustomerKeyFile: String?
    package var conditionalWrites: Bool?
    package var objectLock: String?
    package var retain: String?
    package var keyFile: String?
    package var passphraseFile: String?

    private enum CodingKeys: String, CodingKey {
        case kind, name, url, endpoint, region, profile, sse
        case isDefault = "default"
        case isConfigured = "configured"
        case pathStyle, caBundle, storageClass, keyFile, passphraseFile, sseCustomerKeyFile, conditionalWrites
        case objectLock, retain
        case insecureSkipTLSVerify = "insecureSkipTlsVerify"
        case sseKMSKeyID = "sseKmsKeyId"
    }

    /// An entry of the configuration file that is no usable location.
    init(unusable name: String, url: String, isDefault: Bool) {
        self.name = name
        self.url = url
        self.isDefault = isDefault
        isConfigured = true
    }

    init(_ location: LocationSettings, isDefault: Bool) {
        name = location.name
        url = location.urlText
        self.isDefault = isDefault
        isConfigured = location.origin == .file
        endpoint = location.text(.endpoint)
        region = location.text(.region)
        profile = location.text(.profile)
        pathStyle = location.boolean(.pathStyle)
        caBundle = location.text(.caBundle)
        insecureSkipTLSVerify = location.boolean(.insecureSkipTLSVerify)
        storageClass = location.text(.storageClass)
        sse = location.text(.sse)
        sseKMSKeyID = location.text(.sseKMSKeyID)
        sseCustomerKeyFile = location.text(.sseCustomerKeyFile)
        conditionalWrites = location.boolean(.conditionalWrites)
        objectLock = location.text(.objectLock)
        retain = location.text(.retain)
        switch location.key {
        case .keyFile(let path): keyFile = path.string
        case .passphraseFile(let path): passphraseFile = path.string
        case .passphrase, .prompt: break
        }
    }
}

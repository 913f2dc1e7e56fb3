/// Everything that can be configured.
///
/// A value comes from a flag, else from the environment, else from the file.
///
/// `docs/configuration.md` has a line for each; a test compares the two.
package enum Setting: String, CaseIterable, Sendable, Hashable {
    case defaultLocation = "default-location"
    case logLevel = "log-level"
    case output = "output"

    case kubeconfig = "kubeconfig"
    case kubeContext = "context"
    case impersonatedUser = "as"
    case impersonatedGroups = "as-groups"

    case etcdEndpoints = "etcd.endpoints"
    case etcdCACert = "etcd.cacert"
    case etcdCert = "etcd.cert"
    case etcdKey = "etcd.key"
    case etcdUser = "etcd.user"
    case etcdPasswordFile = "etcd.password-file"

    case url = "locations.url"
    case endpoint = "locations.endpoint"
    case region = "locations.region"
    case profile = "locations.profile"
    case pathStyle = "locations.path-style"
    case caBundle = "locations.ca-bundle"
    case insecureSkipTLSVerify = "locations.insecure-skip-tls-verify"
    case storageClass = "locations.storage-class"
    case sse = "locations.sse"
    case sseKMSKeyID = "locations.sse-kms-key-id"
    case sseCustomerKeyFile = "locations.sse-customer-key-file"
    case conditionalWrites = "locations.conditional-writes"
    case objectLock = "locations.object-lock"
    case retain = "locations.retain"
    case keyFile = "locations.key-file"
    case passphraseFile = "locations.passphrase-file"

    /// What a value looks like.
    enum Kind: Equatable {
        case text
        case list
        case boolean
        case path
        case choice([String])
        /// `12h`, `30d`, `4w`.
        case period
    }

    var kind: Kind {
        switch self {
        case .impersonatedGroups, .etcdEndpoints: .list
        case .pathStyle, .insecureSkipTLSVerify, .conditionalWrites: .boolean
        case .etcdCACert, .etcdCert, .etcdKey, .etcdPasswordFile, .caBundle, .sseCustomerKeyFile, .keyFile,
            .passphraseFile:
            .path
        case .logLevel: .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"])
        case .output: .choice(["table", "json", "yaml"])
        case .objectLock: .choice(["governance", "compliance"])
        case .retain: .period
        case .sse: .choice(["AES256", "aws:kms"])
        // A kubeconfig may name several files, joined by colons.
        case .kubeconfig, .defaultLocation, .kubeContext, .impersonatedUser, .etcdUser, .url, .endpoint, .region,
            .profile, .storageClass, .sseKMSKeyID:
            .text
        }
    }

    /// The part of the configuration file that it belongs to.
    enum Section: String, CaseIterable {
        case general = ""
        case etcd = "etcd."
        case location = "locations."
    }

    var section: Section {
        if rawValue.hasPrefix(Section.etcd.rawValue) { return .etcd }
        return rawValue.hasPrefix(Section.location.rawValue) ? .location : .general
    }

    /// Whether it says how to use a bucket, and nothing about a folder.
    var isOfBuckets: Bool { section == .location && ![.url, .keyFile, .passphraseFile].contains(self) }

    /// Its key within its section.
    var localKey: String { String(rawValue.dropFirst(section.rawValue.count)) }

    /// The key in the configuration file, as the documentation writes it.
    package var documentedKey: String {
        section == .location ? "locations[].\(localKey)" : rawValue
    }

    /// The flag that sets it.
    package var flag: String {
        switch self {
        case .defaultLocation: "--storage-location"
        case .impersonatedGroups: "--as-group"
        case .url: "URL"
        default: "--" + rawValue.replacing("locations.", with: "").replacing(".", with: "-")
        }
    }

    /// The variable that sets it.
    package var variable: String {
        switch self {
        case .defaultLocation: "KBACKUP_STORAGE_LOCATION"
        default:
            "KBACKUP_"
                + rawValue.replacing("locations.", with: "").replacing(".", with: "_").replacing("-", with: "_")
                .uppercased()
        }
    }
}

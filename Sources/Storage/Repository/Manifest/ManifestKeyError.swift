/// Keys did not come in the order of their bytes: sort them, and fill the section anew.
package struct ManifestOrderError: Error, CustomStringConvertible {
    package let key: ManifestKey

    package var description: String {
        "'\(String(decoding: key, as: UTF8.self))' came out of order."
    }
}

/// A key is not where it belongs: a server answered with an object that was not asked for.
package enum ManifestKeyError: Error, Hashable, CustomStringConvertible {
    /// The key does not start with the prefix of its section.
    case outside(ManifestKey, prefix: ManifestKey)
    /// Another section of the manifest takes keys with this prefix already.
    case taken(prefix: ManifestKey)

    package var description: String {
        switch self {
        case .outside(let key, let prefix):
            "'\(String(decoding: key, as: UTF8.self))' does not belong under '\(String(decoding: prefix, as: UTF8.self))'."
        case .taken(let prefix):
            "'\(String(decoding: prefix, as: UTF8.self))' is written by two parts of the backup."
        }
    }
}

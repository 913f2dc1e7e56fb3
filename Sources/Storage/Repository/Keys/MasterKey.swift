import Crypto

/// The one secret of a repository: 32 random bytes from which every other key is derived (HKDF-SHA-256, RFC 5869).
package struct MasterKey: Sendable {
    static let sizeInBytes = 32

    let key: SymmetricKey

    init() { key = SymmetricKey(size: .bits256) }

    init(bytes: some Sequence<UInt8>) { key = SymmetricKey(data: Array(bytes)) }

    /// The keys for the repository with this id.
    func keys(repositoryID: RepositoryID) -> RepositoryKeys {
        RepositoryKeys(master: key, repositoryID: repositoryID)
    }
}

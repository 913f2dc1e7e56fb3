/// Bytes of a repository that are kept on this machine, so that they need not be asked of the store again.
///
/// What is kept never changes in the store, or is compared with its version there, and is authenticated whenever it is
/// read: who changes the cache can make a reader slower, and no more. It may lose anything at any time. Several processes
/// may use one.
package protocol RepositoryCache: Sendable {
    /// - Parameters:
    ///   - name: Small letters, digits and `-`.
    ///   - limit: Longer ones count as lost, in bytes.
    /// - Returns: `nil` when it is not there.
    func read(_ name: String, limit: Int) -> [UInt8]?

    /// Keeps bytes under a name, as far as that is possible.
    func write(_ bytes: ArraySlice<UInt8>, as name: String)

    /// Forgets what turned out to be useless.
    func remove(_ name: String)
}

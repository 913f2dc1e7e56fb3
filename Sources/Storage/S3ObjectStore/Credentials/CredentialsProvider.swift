/// One place where credentials may come from.
protocol CredentialsProvider: Sendable {
    /// Looks for credentials there, each time anew.
    ///
    /// - Throws: ``ObjectStoreError`` when somebody set the place up and it does not work: then no other is tried.
    func find() async throws -> CredentialsSearchResult
}

/// What a look at one place led to.
enum CredentialsSearchResult: Sendable {
    case found(AWSCredentials)
    /// Nobody set this place up; the text says which and how one would see.
    case notSetUp(String)
}

/// How requests show who sends them, beside a client certificate.
package enum KubeCredentials: Sendable, Hashable {
    case none
    case bearerToken(Secret)
    /// A file that holds a bearer token and is read again now and then, for it may be renewed. `fallback` is used while
    /// the file cannot be read.
    case tokenFile(path: String, fallback: Secret?)
    case basic(username: String, password: Secret)
    /// A program that is asked for a token or a client certificate.
    case exec(ExecCredentialPlugin)
}

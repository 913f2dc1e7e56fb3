/// Why an object store could not do what it was asked.
///
/// `code` is for programs, `message` is for people: it names the object, says what happened, and ends with what the
/// operator can do about it. It never holds a credential.
package struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// There is no object under the key.
        case notFound
        /// There is no bucket or directory to store objects in.
        case locationNotFound
        /// The condition of a put was not met: something else is under the key.
        case conflict
        /// The credentials are missing, expired, wrong, or not allowed to do this.
        case accessDenied
        /// The object is kept from deletion for a time.
        case locked
        /// The location's settings do not fit the store: region, addressing, clock.
        case misconfigured
        /// The store asked to slow down, failed for the moment, or did not answer in time.
        case unavailable
        /// The store has no room left.
        case full
        /// The store returned bytes that cannot be the object's.
        case corrupted
        /// The store does not know conditional writes.
        case conditionsUnsupported
        /// The store refused for a reason of its own.
        case refused
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        // A sentence, also where it begins with what a server or a source of credentials is called within others.
        self.message = message.prefix(1).uppercased() + message.dropFirst()
    }

    /// Whether the same request may succeed if it is sent again.
    package var isTransient: Bool { code == .unavailable }

    package var description: String { message }
}

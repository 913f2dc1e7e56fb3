/// The name and the password of an etcd user, for clusters with authentication turned on.
///
/// Neither printing nor reflecting it shows the password.
package struct EtcdCredentials: Sendable, Hashable {
    package let username: String
    package let password: String

    package init(username: String, password: String) {
        self.username = username
        self.password = password
    }
}

extension EtcdCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "etcd user '\(username)'" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}

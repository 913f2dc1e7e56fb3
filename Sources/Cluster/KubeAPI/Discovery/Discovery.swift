package import KubernetesModel

/// What an API server serves, at the moment it was asked.
package struct Discovery: Sendable, Hashable {
    /// One API group, the core group included (empty name).
    package struct Group: Sendable, Hashable {
        package var name: String
        /// In the server's order of preference; the preferred one first.
        package var versions: [String]

        package init(name: String, versions: [String]) {
            self.name = name
            self.versions = versions
        }

        package var preferredVersion: String? { versions.first }
    }

    /// A version of a group that could not be asked.
    ///
    /// What it serves is unknown, not absent.
    package struct Failure: Sendable, Hashable {
        package var group: String
        package var version: String
        package var message: String

        package init(group: String, version: String, message: String) {
            self.group = group
            self.version = version
            self.message = message
        }

        /// As objects carry it: `apps/v1`.
        package var groupVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    }

    /// The core group first, then in the server's order.
    package var groups: [Group]
    /// Every resource of every served version, in the order of ``groups``; subresources are properties of theirs.
    package var resources: [APIResource]
    package var failures: [Failure]

    package init(groups: [Group], resources: [APIResource], failures: [Failure] = []) {
        self.groups = groups
        self.resources = resources
        self.failures = failures
    }
}

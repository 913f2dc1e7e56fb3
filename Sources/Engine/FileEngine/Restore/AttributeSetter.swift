import Glibc
import SystemPackage

/// Gives what is restored its owner, permissions, extended attributes and times.
struct AttributeSetter: Sendable {
    /// Whether the process may give files to others, and set attributes that only the system may.
    let isPrivileged: Bool
    let ledger: FileLedger

    init(ledger: FileLedger, isPrivileged: Bool = geteuid() == 0) {
        self.isPrivileged = isPrivileged
        self.ledger = ledger
    }

    func set(_ node: FileNode, of path: StoredPath, _ holder: AttributeHolder) {
        setAllButTime(node, of: path, holder)
        do throws(Errno) {
            try holder.setModificationTime(node.modified)
        } catch {
            ledger.fail(path, "its time cannot be set: \(error)")
        }
    }

    /// Leaves a file with the time of its restore, so that it does not look like the one that was backed up.
    func setAllButTime(_ node: FileNode, of path: StoredPath, _ holder: AttributeHolder) {
        do throws(Errno) {
            // Giving it away takes set-user-id bits from it, so permissions come after; access control lists after those.
            if isPrivileged { try holder.setOwner(user: node.userID, group: node.groupID) }
            if node.kind != .symbolicLink { try holder.setPermissions(permissions(of: node)) }
        } catch {
            ledger.fail(path, "its owner or permissions cannot be set: \(error)")
        }
        for attribute in node.attributes where isPrivileged || !attribute.isPrivileged {
            do throws(Errno) {
                try holder.set(attribute)
            } catch {
                ledger.fail(path, "its attribute '\(attribute.text)' cannot be set: \(error)")
            }
        }
    }
}

extension AttributeSetter {
    /// The permissions that a node gets.
    ///
    /// What stays with the user who restores must not run as that user for everybody, though it did as its owner.
    private func permissions(of node: FileNode) -> UInt16 {
        isPrivileged || node.kind == .folder ? node.permissions : node.permissions & ~0o6000
    }
}

extension FileNode.Attribute {
    /// Whether only root may set it.
    var isPrivileged: Bool { name.starts(with: "security.".utf8) || name.starts(with: "trusted.".utf8) }
}

extension AttributeHolder {
    func setOwner(user: UInt32, group: UInt32) throws(Errno) {
        switch self {
        case .descriptor(let descriptor): try systemCall { Int(fchown(descriptor, user, group)) }
        case .name(let name, let folder): try folder.setOwner(of: name, user: user, group: group)
        }
    }

    func setPermissions(_ permissions: UInt16) throws(Errno) {
        switch self {
        case .descriptor(let descriptor): try systemCall { Int(fchmod(descriptor, mode_t(permissions))) }
        case .name(let name, let folder): try folder.setPermissions(of: name, to: permissions)
        }
    }

    func setModificationTime(_ time: FileNode.Time) throws(Errno) {
        switch self {
        case .descriptor(let descriptor):
            try systemCall { unsafe withModificationTime(time) { unsafe Int(futimens(descriptor, $0)) } }
        case .name(let name, let folder): try folder.setModificationTime(of: name, to: time)
        }
    }
}

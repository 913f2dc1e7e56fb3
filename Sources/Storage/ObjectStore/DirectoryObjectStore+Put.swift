import Concurrency
import Glibc
import SystemPackage

extension DirectoryObjectStore {
    @discardableResult
    package func put(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        let incoming = try await run { try write(body, for: key, condition) }
        do {
            if condition == .absent, usesLinks, let version = try await run({ try addByLink(incoming, at: key) }) {
                return version
            }
            return try await whenUnlocked { try publish(incoming, at: key, condition) }
        } catch {
            // Cancelled or not, the file goes; and what went wrong counts, not that this may go wrong too.
            try? removeIncoming(incoming)
            throw error
        }
    }

    package func delete(_ keys: [ObjectKey]) async throws {
        for start in stride(from: 0, to: keys.count, by: 256) {
            let some = keys[start..<min(start + 256, keys.count)]
            try await whenUnlocked { try remove(some) }
        }
    }

    /// Runs `work` again and again until it finds the store unlocked; it returns `nil` when it did not.
    private func whenUnlocked<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value?) async throws -> Value {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(60))
        var delay = Duration.milliseconds(1)
        while clock.now < end {
            if let value = try await run(work) { return value }
            try await clock.sleep(for: delay * Double.random(in: 0.5..<1))
            delay = min(delay * 2, .milliseconds(50))
        }
        throw ObjectStoreError(
            .unavailable,
            "Another process has kept '\(location)' locked for a minute. See which with 'fuser' on "
                + "'\(root)/\(Self.privateFolder)/\(Self.lockFile)'."
        )
    }

    // MARK: - Before the lock

    /// Writes `body` to a new file, outside what is listed, and onto the disk.
    ///
    /// - Returns: The file's name.
    private func write(_ body: [UInt8], for key: ObjectKey, _ condition: PutCondition) throws -> String {
        if condition == .absent, let folder = try openFolder(ObjectPath(key).folders),
            try folder.status(of: ObjectPath(key).name)?.kind == .file
        {
            throw ObjectStoreError.conflict(key, in: location, condition: condition)
        }
        let folder = try openRoot().openOrMakeFolder(Self.privateFolder)
        let name = Self.incomingPrefix + String(UInt64.random(in: .min ... .max), radix: 16)
        let file = try folder.makeFile(name)
        do {
            try file.closeAfter {
                try file.writeAll(body)
                let status = try FileStatus(of: file)
                if isTidy.take() { try removeLeftovers(in: folder, now: status.modifiedAt) }
                // The clock of many file systems ticks every 4 ms. Within a tick, chance tells two versions apart.
                let time = status.modifiedAt.advanced(byNanoseconds: .random(in: 0..<4_000_000))
                try folder.setModificationTime(of: name, to: time)
                try file.synchronize()
            }
            return name
        } catch {
            _ = try? folder.removeFile(name)
            throw error
        }
    }

    /// Removes what writes left behind that never came to an end.
    ///
    /// No write takes an hour; if one does, it fails.
    private func removeLeftovers(in folder: FolderDescriptor, now: timespec) throws {
        for (name, _) in try folder.entries() where name.utf8.starts(with: Self.incomingPrefix.utf8) {
            guard let status = try folder.status(of: name), now.tv_sec - status.modifiedAt.tv_sec > 3600 else {
                continue
            }
            try folder.removeFile(name)
        }
    }

    private func removeIncoming(_ name: String) throws {
        try openFolder([Self.privateFolder])?.removeFile(name)
    }

    // MARK: - Without the lock

    /// Moves the file `incoming` to its place, which must be free: a link does this in one step.
    ///
    /// - Returns: The object's version, or `nil` where the file system has no links.
    private func addByLink(_ incoming: String, at key: ObjectKey) throws -> VersionTag? {
        let own = try openRoot().openOrMakeFolder(Self.privateFolder)
        let path = ObjectPath(key)
        return try whileFoldersVanish(incoming, own, key) {
            let folder = try openOrMakeFolder(path.folders)
            guard let status = try own.status(of: incoming) else { throw Errno.noSuchFileOrDirectory }
            do {
                try folder.link(path.name, to: incoming, in: own)
            } catch Errno.fileExists {
                guard try folder.status(of: path.name)?.kind == .folder else {
                    throw ObjectStoreError.conflict(key, in: location, condition: .absent)
                }
                throw Errno.isDirectory
            } catch Errno.notPermitted, Errno.notSupported, Errno.noFunction, Errno.tooManyLinks {
                return nil
            }
            try settle(folder, key)
            // The object is there; a leftover goes with the next that are looked for.
            _ = try? own.removeFile(incoming)
            return status.version
        }
    }

    /// Repeats `work` as long as a folder that it makes is removed, being empty, before there is a file in it.
    private func whileFoldersVanish<Value>(
        _ incoming: String,
        _ own: FolderDescriptor,
        _ key: ObjectKey,
        _ work: () throws -> Value
    ) throws -> Value {
        while true {
            do {
                return try work()
            } catch Errno.noSuchFileOrDirectory {
                guard try own.status(of: incoming) != nil else {
                    throw ObjectStoreError(
                        .unavailable,
                        "The temporary file for '\(key)' in '\(root)/\(Self.privateFolder)' was removed. Try again."
                    )
                }
            }
        }
    }

    // MARK: - Under the lock

    /// Moves the file `incoming` to its place.
    ///
    /// Versions are told apart by inode, size and time of modification. Nothing that replaces a file gets a time that is
    /// not later, which makes compare-and-swap sound even where an inode is used again at once.
    ///
    /// - Returns: The object's version, or `nil` when somebody else has the lock.
    private func publish(_ incoming: String, at key: ObjectKey, _ condition: PutCondition) throws -> VersionTag? {
        let own = try openRoot().openOrMakeFolder(Self.privateFolder)
        guard let lock = try FolderLock(in: own, Self.lockFile) else { return nil }
        let path = ObjectPath(key)
        return try whileFoldersVanish(incoming, own, key) {
            let folder = try openOrMakeFolder(path.folders)
            let version = try replace(path.name, in: folder, with: incoming, from: own, key, condition)
            lock.end()
            try settle(folder, key)
            return version
        }
    }

    /// Waits until the name that an object has got is on the disk.
    private func settle(_ folder: FolderDescriptor, _ key: ObjectKey) throws {
        do {
            try synchronize(folder)
        } catch {
            throw ObjectStoreError(
                .refused,
                "Object '\(key)' was written to '\(root)', but the system cannot say whether it is on the disk (\(error)). "
                    + "Check the disk and the system's log, and then whether the object is there."
            )
        }
    }

    private func replace(
        _ name: String,
        in folder: FolderDescriptor,
        with incoming: String,
        from own: FolderDescriptor,
        _ key: ObjectKey,
        _ condition: PutCondition
    ) throws -> VersionTag {
        guard var new = try own.status(of: incoming) else { throw Errno.noSuchFileOrDirectory }
        let old = try folder.status(of: name)
        if let old, old.kind != .file {
            throw old.kind == .folder ? Errno.isDirectory : Errno.tooManySymbolicLinkLevels
        }
        switch condition {
        case .always: break
        case .absent where old == nil: break
        case .matches(let tag) where old?.version == tag: break
        case .absent, .matches: throw ObjectStoreError.conflict(key, in: location, condition: condition)
        }
        if let old, !(old.modifiedAt < new.modifiedAt) {
            new = try own.makeLater(incoming, than: old.modifiedAt)
        }
        try folder.replace(name, with: incoming, from: own)
        return new.version
    }

    /// Removes objects, and the folders that are empty then.
    ///
    /// - Returns: `nil` when somebody else has the lock.
    private func remove(_ keys: ArraySlice<ObjectKey>) throws -> Void? {
        let own = try openRoot().openOrMakeFolder(Self.privateFolder)
        guard let lock = try FolderLock(in: own, Self.lockFile) else { return nil }
        defer { lock.end() }
        let paths = Dictionary(grouping: keys.map(ObjectPath.init), by: \.folders)
        for (folders, paths) in paths {
            guard let folder = try openFolder(folders) else { continue }
            for path in paths where try folder.status(of: path.name)?.kind == .file {
                try folder.removeFile(path.name)
            }
            try folder.synchronize()
            try removeEmptyFolders(folders)
        }
        return ()
    }

    private func removeEmptyFolders(_ folders: [String]) throws {
        var names = folders
        while let name = names.popLast() {
            guard let parent = try openFolder(names), parent.removeEmptyFolder(name) else { return }
        }
    }
}

extension FolderDescriptor {
    /// Gives the file `name` a time of modification after `time`, as far after it as the file system can tell.
    ///
    /// - Returns: The file as it is then.
    fileprivate func makeLater(_ name: String, than time: timespec) throws -> FileStatus {
        for nanoseconds in [1, 1_000, 1_000_000, 1_000_000_000, 2_000_000_000] {
            try setModificationTime(of: name, to: time.advanced(byNanoseconds: nanoseconds))
            guard let status = try status(of: name) else { throw Errno.noSuchFileOrDirectory }
            if time < status.modifiedAt {
                let file = try openFile(name)
                try file.closeAfter { try file.synchronize() }
                return status
            }
        }
        throw Errno.invalidArgument
    }
}

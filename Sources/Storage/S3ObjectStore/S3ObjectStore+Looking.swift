import ObjectStore

/// Conditions, for servers that leave `If-None-Match` and `If-Match` out of account.
extension S3ObjectStore {
    /// Looks whether the condition is met, writes, and looks whether what was written is there.
    ///
    /// That is not one step. Who finds another object already, or his own replaced, learns of the conflict. Of two who
    /// write within the same moment, the first may have looked for the second time before the other wrote: then both
    /// believe to have written, and the other's object is what stays.
    func putLooking(_ body: [UInt8], at key: ObjectKey, if condition: PutCondition) async throws -> VersionTag {
        let before = try await head(key)
        let isMet =
            switch condition {
            case .absent: before == nil
            case .matches(let version): before?.stat.version == version
            case .always: true
            }
        guard isMet else { throw ObjectStoreError.conflict(key, in: location, condition: condition) }
        let mark = WriteMark()
        let written = try await write(body, at: key, mark: mark, if: .always)
        // A server that keeps no metadata has lost the mark; no two of our objects are the same.
        guard let after = try await head(key),
            after.mark.map({ $0 == mark.rawValue }) ?? (after.stat.version == written)
        else { throw ObjectStoreError.conflict(key, in: location, condition: condition) }
        return after.stat.version
    }
}

extension ObjectStoreError {
    /// There is no object under `key`.
    package static func notFound(_ key: ObjectKey, in location: String) -> ObjectStoreError {
        ObjectStoreError(.notFound, "There is no object '\(key)' in '\(location)'.")
    }

    /// The condition of a put was not met.
    package static func conflict(
        _ key: ObjectKey,
        in location: String,
        condition: PutCondition
    ) -> ObjectStoreError {
        switch condition {
        case .absent:
            ObjectStoreError(.conflict, "Object '\(key)' exists already in '\(location)'.")
        case .matches, .always:
            ObjectStoreError(
                .conflict,
                "Object '\(key)' in '\(location)' was changed by somebody else in the meantime. Read it and try again."
            )
        }
    }

    /// More bytes were asked for than the object has, or it has more than it may have.
    package static func unfit(
        _ key: ObjectKey,
        in location: String,
        for range: ByteRange,
        size: Int
    ) -> ObjectStoreError {
        switch range {
        case .whole(let limit):
            ObjectStoreError(
                .corrupted,
                "Object '\(key)' in '\(location)' has \(size) bytes, more than the \(limit) that it can have. It was not "
                    + "read: it may be damaged, or something else in its place."
            )
        case .bytes, .last:
            ObjectStoreError(
                .corrupted,
                "Object '\(key)' in '\(location)' has \(size) bytes, too few to read \(range) of it. It may be damaged."
            )
        }
    }
}

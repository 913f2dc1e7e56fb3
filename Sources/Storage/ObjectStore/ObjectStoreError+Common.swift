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

    /// More bytes were asked for than the object has.
    package static func rangeBeyondEnd(
        of key: ObjectKey,
        in location: String,
        range: ByteRange,
        size: Int
    ) -> ObjectStoreError {
        ObjectStoreError(
            .corrupted,
            "Object '\(key)' in '\(location)' has \(size) bytes, too few to read \(range) of it. It may be damaged."
        )
    }
}

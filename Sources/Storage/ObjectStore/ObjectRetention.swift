/// How a store keeps every object that is written to it from being deleted or replaced for good: S3's object lock.
///
/// A `delete` of a kept object only hides it behind a marker, where the store answers at all; the object itself is still
/// there, and is paid for.
package struct ObjectRetention: Sendable, Hashable {
    package enum Mode: String, Sendable, Hashable, CaseIterable {
        /// Who has a special right may delete all the same.
        case governance
        /// Nobody may, the owner of the account included.
        case compliance
    }

    package let mode: Mode
    /// In seconds.
    package let period: Double

    package init(mode: Mode, period: Double) {
        self.mode = mode
        self.period = period
    }

    /// Until when an object is kept at least that was written with this retention, in seconds since 1970.
    ///
    /// - Parameter modifiedAt: When it was written, as the store lists it.
    package func end(ofObjectWrittenAt modifiedAt: Double) -> Double { modifiedAt + period }

    /// Whether an object cannot be deleted yet: to delete it would hide it, and free nothing.
    package func keeps(_ object: ObjectStat, at now: Double) -> Bool {
        end(ofObjectWrittenAt: object.modifiedAt) > now
    }
}

/// What one object of the snapshot stream says besides its blob.
struct SnapshotMessage: Sendable, Hashable {
    var isResult = false
    /// The bytes of the database still to come after this object's blob; zero is left out by the gateway.
    var remainingBytes = 0
    /// Set when the object is an error.
    var failure: GatewayFailure?
}

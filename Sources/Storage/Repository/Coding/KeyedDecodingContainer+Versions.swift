/// Documents in a repository are read by earlier and later versions than the one that wrote them.
///
/// What a later version writes beyond what a reader knows is passed over; what an earlier one did not write yet gets the
/// value that says nothing.
extension KeyedDecodingContainer {
    /// The value of a field that a document of an earlier version may lack.
    package func value<Value: Decodable>(_ key: Key, or absent: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? absent
    }
}

/// Says that the data of a file in a backup is not the file as it was at one moment; stands behind its data.
///
/// A record of one byte.
enum FileMark: UInt8 {
    /// It changed while it was read: what is stored may be of two moments.
    case changed = 1
    /// It could not be read to its end.
    case incomplete = 2

    init?(_ record: ArraySlice<UInt8>) {
        guard record.count == 1, let byte = record.first else { return nil }
        self.init(rawValue: byte)
    }
}

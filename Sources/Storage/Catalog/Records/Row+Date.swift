import FoundationEssentials
import GRDB

extension Row {
    /// The time in a column that may be empty.
    func date(_ column: String) -> Date? {
        let milliseconds: Int64? = self[column]
        return milliseconds.map(Date.init(milliseconds:))
    }
}

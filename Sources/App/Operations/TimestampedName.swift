import Foundation

/// Names that the program chooses: what a user named, and the time in UTC.
enum TimestampedName {
    /// `backup-20261123101530`, as Velero names the backups of a schedule.
    static func make(_ base: String, at date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func digits(_ value: Int?, _ width: Int) -> String {
            let text = String(value ?? 0)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let day = digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2)
        let time = digits(parts.hour, 2) + digits(parts.minute, 2) + digits(parts.second, 2)
        // A name has up to 253 bytes; the base gives way, and must not end with a '.' or '-'.
        var base = base.prefix(253 - 15)
        while let last = base.last, last == "." || last == "-" { base.removeLast() }
        return "\(base)-\(day)\(time)"
    }
}

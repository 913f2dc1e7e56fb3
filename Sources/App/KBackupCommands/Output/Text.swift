import Foundation

/// Numbers and times for people.
enum Text {
    /// `512 B`, `1.2 KiB`, `340 MiB`: three digits say enough.
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1023.5, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(count) B" }
        let tenths = (value * 10).rounded() / 10
        return tenths < 10 ? "\(tenths) \(units[unit])" : "\(Int(value.rounded())) \(units[unit])"
    }

    /// A number with separators: `12,345`.
    static func number(_ value: Int) -> String {
        var digits = Array(String(value.magnitude))
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: index)
            index -= 3
        }
        return (value < 0 ? "-" : "") + String(digits)
    }

    /// `1 object`, `2 objects`.
    static func count(_ value: Int, _ noun: String) -> String { "\(number(value)) \(noun)\(value == 1 ? "" : "s")" }

    /// `45s`, `2m3s`, `5h12m`, `3d4h`: as kubectl shows ages.
    static func duration(seconds: Int) -> String {
        let seconds = max(0, seconds)
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
        if seconds < 120 { return "\(seconds)s" }
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        if days < 8 { return pair(days, "d", hours % 24, "h") }
        return "\(days)d"
    }

    private static func pair(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }

    static func age(of date: Date, at now: Date) -> String {
        duration(seconds: Int(now.timeIntervalSince(date).rounded(.down)))
    }

    /// A time in UTC: `2026-11-23 10:15:30Z`.
    static func time(_ date: Date) -> String {
        date.formatted(.iso8601.dateTimeSeparator(.space))
    }

    /// Lines of `name: value`, the values under each other.
    static func fields(_ fields: [(String, String?)]) -> String {
        let shown = fields.compactMap { name, value in value.map { (name + ":", $0) } }
        let width = shown.map(\.0.count).max() ?? 0
        return shown.map { $0 + String(repeating: " ", count: width - $0.count + 2) + $1 }.joined(separator: "\n")
    }

    /// `a, b, c`, or `none` for an empty list.
    static func list(_ items: [String], orElse none: String) -> String {
        items.isEmpty ? none : items.joined(separator: ", ")
    }

    /// What `--include-cluster-resources` says.
    static func clusterResources(_ value: Bool?) -> String {
        switch value {
        case true?: "all"
        case false?: "none"
        case nil: "all with all namespaces, otherwise those that are needed"
        }
    }

    /// A title, and lines below it.
    static func section(_ title: String, _ lines: [String]) -> String {
        lines.isEmpty ? "\(title): none" : "\(title):\n" + indented(lines.joined(separator: "\n"))
    }

    static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
    }
}

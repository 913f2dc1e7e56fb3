import HTTPTypes

/// Reads the `Retry-After` field of a response.
enum RetryAfter {
    /// The wait that a server asks for, as seconds or as a date.
    ///
    /// A date is compared with the response's own `Date`, so that clocks which differ do no harm; without one it says
    /// nothing.
    static func wait(in fields: HTTPFields) -> Duration? {
        guard let value = fields[.retryAfter] else { return nil }
        if let seconds = Int64(value) { return seconds >= 0 ? .seconds(min(seconds, 86_400 * 365)) : nil }
        guard let until = seconds(ofDate: value), let now = fields[.date].flatMap(seconds(ofDate:)) else { return nil }
        return .seconds(max(0, until - now))
    }

    /// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`, the form that RFC 9110 prescribes.
    static func seconds(ofDate text: String) -> Int64? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT",
            let day = Int64(parts[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(parts[2])).map({ Int64($0 + 1) }),
            let year = Int64(parts[3]), (1970...9999).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").map { Int64($0) ?? -1 }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        return days(year: year, month: month, day: day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March so that the leap day comes
    /// last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

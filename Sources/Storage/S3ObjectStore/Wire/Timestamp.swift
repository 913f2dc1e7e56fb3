/// A moment in UTC, to the second, in the notations of S3.
struct Timestamp: Hashable, Sendable, Comparable {
    /// Seconds since 1970.
    let seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    init(_ time: Double) { seconds = Int(time.rounded(.down)) }

    static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

    // MARK: - Writing

    /// The day: `20130524`.
    var basicDate: String { String(basic.prefix(8)) }

    /// Day and time: `20130524T000000Z`.
    var basic: String {
        let (year, month, day) = civilDate
        let time = secondOfDay
        return padded(year, 4) + padded(month, 2) + padded(day, 2) + "T" + padded(time / 3600, 2)
            + padded(time / 60 % 60, 2) + padded(time % 60, 2) + "Z"
    }

    /// `2013-05-24T00:00:00Z`.
    var iso8601: String { readable.replacing(" UTC", with: "Z").replacing(" ", with: "T") }

    /// For people: `2013-05-24 00:00:00 UTC`.
    var readable: String {
        let (year, month, day) = civilDate
        let time = secondOfDay
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2)) \(padded(time / 3600, 2)):"
            + "\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2)) UTC"
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private var secondOfDay: Int { seconds - day * 86400 }

    /// Days since 1970.
    private var day: Int { (seconds >= 0 ? seconds : seconds - 86399) / 86400 }

    /// The Gregorian date, counted in years that begin in March, so that the leap day comes last.
    private var civilDate: (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    // MARK: - Reading

    /// Reads `2013-05-24T00:00:00Z`, with or without fractions of a second or an offset, and `20130524T000000Z`.
    init?(iso8601 text: String) {
        var fields = DigitReader(text)
        guard let year = fields.number(4), (fields.skip("-") || true), let month = fields.number(2),
            (fields.skip("-") || true), let day = fields.number(2), fields.skip("T") || fields.skip(" "),
            let hour = fields.number(2), (fields.skip(":") || true), let minute = fields.number(2),
            (fields.skip(":") || true), let second = fields.number(2)
        else { return nil }
        if fields.skip(".") { while fields.number(1) != nil {} }
        var offset = 0
        if !fields.skip("Z") {
            let sign = fields.skip("+") ? 1 : fields.skip("-") ? -1 : 0
            if sign != 0 {
                guard let hours = fields.number(2) else { return nil }
                _ = fields.skip(":")
                offset = sign * (hours * 3600 + (fields.number(2) ?? 0) * 60)
            }
        }
        guard fields.isAtEnd else { return nil }
        self.init(year, month, day, hour, minute, second)
        self = Timestamp(seconds: seconds - offset)
    }

    /// Reads the date of an HTTP header: `Fri, 24 May 2013 00:00:00 GMT`.
    init?(http text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])),
            let year = Int(parts[3])
        else { return nil }
        var time = DigitReader(String(parts[4]))
        guard let hour = time.number(2), time.skip(":"), let minute = time.number(2), time.skip(":"),
            let second = time.number(2), time.isAtEnd
        else { return nil }
        self.init(year, month + 1, day, hour, minute, second)
    }

    private init?(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day), (0..<24).contains(hour),
            (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        seconds = days * 86400 + hour * 3600 + minute * 60 + second
    }
}

/// Reads numbers of fixed width, and what lies between them, from the start of a text.
private struct DigitReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(_ width: Int) -> Int? {
        let digits = rest.prefix(width)
        guard digits.count == width, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        rest = rest.dropFirst(width)
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }
}

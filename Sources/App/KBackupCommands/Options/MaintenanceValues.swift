/// A value of an option that is written in a form of its own.
protocol FormedValue {
    /// What to write, for messages: `write …`.
    static var form: String { get }

    init?(argument: String)
}

extension FormedValue {
    /// - Throws: ``UnformedValue`` when `argument` is not of the form.
    static func parsed(_ argument: String) throws(UnformedValue) -> Self {
        guard let value = Self(argument: argument) else { throw UnformedValue(description: form) }
        return value
    }
}

/// The argument parser puts the description behind the option and its value.
struct UnformedValue: Error, CustomStringConvertible {
    let description: String
}

/// A length of time on the command line: `90m`, `72h`, `3d`, `1d12h`.
struct DurationValue: FormedValue, Equatable {
    static let form = "write a length of time such as '90m', '72h' or '1d12h'."

    let duration: Duration

    init?(argument: String) {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        var seconds = 0
        var digits = ""
        for character in argument {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let unit = units[character], let count = Int(digits), digits.count <= 9 else { return nil }
            seconds += count * unit
            digits = ""
        }
        guard digits.isEmpty, !argument.isEmpty else { return nil }
        duration = .seconds(seconds)
    }
}

/// The number of `10%`.
private func percentage(_ argument: String) -> Int? {
    argument.hasSuffix("%") ? Int(argument.dropLast()) : nil
}

/// A share of a whole on the command line: `10%`.
struct PercentValue: FormedValue, Equatable {
    static let form = "write a share from '1%' to '100%', such as '10%'."

    /// From 1 to 100.
    let percent: Int

    init?(argument: String) {
        guard let percent = percentage(argument), (1...100).contains(percent) else { return nil }
        self.percent = percent
    }
}

/// A share of a whole on the command line that may be nothing: `0%`, `5%`.
struct ShareValue: FormedValue, Equatable {
    static let form = "write a share from '0%' to '100%', such as '5%'."

    /// From 0 to 100.
    let percent: Int

    init?(argument: String) {
        guard let percent = percentage(argument), (0...100).contains(percent) else { return nil }
        self.percent = percent
    }
}

/// An amount of data on the command line: `0`, `500M`, `10G`, `unlimited`.
struct SizeValue: FormedValue, Equatable {
    static let form = "write an amount such as '500M' or '10G', '0', or 'unlimited'."

    /// In bytes.
    let sizeInBytes: Int

    init?(argument: String) {
        let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
        if argument == "unlimited" {
            sizeInBytes = .max
            return
        }
        let shift = argument.last.flatMap { units[Character($0.uppercased())] }
        let digits = shift == nil ? argument[...] : argument.dropLast()
        guard !digits.isEmpty, digits.count <= 6 || (shift == nil && digits.count <= 15),
            digits.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(digits)
        else { return nil }
        sizeInBytes = count << (shift ?? 0)
    }
}

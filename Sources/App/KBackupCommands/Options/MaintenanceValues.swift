import ArgumentParser

/// A length of time on the command line: `90m`, `72h`, `3d`, `1d12h`.
struct DurationValue: ExpressibleByArgument, Equatable {
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

/// A share of a whole on the command line: `10%`.
struct PercentValue: ExpressibleByArgument, Equatable {
    /// From 1 to 100.
    let percent: Int

    init?(argument: String) {
        guard argument.hasSuffix("%"), let percent = Int(argument.dropLast()), (1...100).contains(percent) else {
            return nil
        }
        self.percent = percent
    }
}

import Operations

/// Locations for people.
enum LocationText {
    static func table(_ locations: [LocationDocument]) -> String {
        TableText(
            header: ["NAME", "DEFAULT", "URL", "ENDPOINT", "REGION", "KEY"],
            rows: locations.map { location in
                [
                    location.name, location.isDefault ? "*" : "", location.url, location.endpoint ?? "-",
                    location.region ?? "-", location.keyFile ?? location.passphraseFile ?? "passphrase",
                ]
            }
        ).text
    }

    /// A line for each step of a check.
    static func check(_ report: CheckLocation.Report) -> String {
        TableText(
            header: ["CHECK", "RESULT", "MESSAGE"],
            rows: report.steps.map { [$0.name, $0.result.rawValue, $0.message] }
        ).text
    }
}

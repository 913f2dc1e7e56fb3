import Operations

/// Locations for people.
enum LocationText {
    static func table(_ locations: [LocationDocument]) -> String {
        TableText(
            header: ["NAME", "DEFAULT", "URL", "ENDPOINT", "REGION", "LOCK", "KEY"],
            rows: locations.map { location in
                [
                    location.name, location.isDefault ? "*" : "", location.url, location.endpoint ?? "-",
                    location.region ?? "-", lock(location), location.keyFile ?? location.passphraseFile ?? "passphrase",
                ]
            }
        ).text
    }

    private static func lock(_ location: LocationDocument) -> String {
        guard let mode = location.objectLock, let period = location.retain else { return "-" }
        return "\(mode) \(period)"
    }

    /// A line for each step of a check.
    static func check(_ report: CheckLocation.Report) -> String {
        TableText(
            header: ["CHECK", "RESULT", "MESSAGE"],
            rows: report.steps.map { [$0.name, $0.result.rawValue, $0.message] }
        ).text
    }
}

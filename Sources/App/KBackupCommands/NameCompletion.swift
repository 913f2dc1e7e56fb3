import ArgumentParser
import Operations

/// Completion of names that only this machine knows: of backups, restores and locations.
enum NameCompletion {
    /// The process whose command line is completed.
    @TaskLocal static var context: CommandContext?

    static let backups = kind(.backups)
    static let restores = kind(.restores)
    static let locations = kind(.locations)

    /// How the argument parser asks for completions, as the scripts that it makes do.
    static let request = "---completion"

    private static func kind(_ kind: KnownNames.Kind) -> CompletionKind {
        .custom { words, _, _ in
            guard var context else { return [] }
            // Warnings would be written into the line that is being completed.
            context.messages = MessageWriter(NoOutput())
            let flags: [Setting: String?] = [.defaultLocation: value(of: "--storage-location", in: words)]
            let settings = try? Session.settings(
                in: context,
                flags: .given(flags),
                configurationFile: value(of: "--config", in: words)
            )
            guard let settings else { return [] }
            return await KnownNames(settings: settings).names(of: kind)
        }
    }

    /// What a command line says so far.
    private static func value(of option: String, in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            let text: String
            if word == option, index + 1 < words.count {
                text = words[index + 1]
            } else if word.hasPrefix("\(option)=") {
                text = String(word.dropFirst(option.count + 1))
            } else {
                continue
            }
            return text.isEmpty ? nil : text
        }
        return nil
    }

    private struct NoOutput: TextSink {
        func write(_ text: String) {}
    }
}

import Foundation
import Operations
import Testing

@testable import KBackupCommands

@Suite("Texts for people")
struct TextTests {
    @Test(
        "Sizes have two or three digits",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (10_189, "10 KiB"), (10_239, "10 KiB"),
            (1_048_575, "1.0 MiB"), (5_242_880, "5.0 MiB"), (365_000_000, "348 MiB"), (3_000_000_000_000, "2.7 TiB"),
        ]
    )
    func bytes(count: Int, text: String) { #expect(Text.bytes(count) == text) }

    @Test(
        "Numbers are grouped",
        arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")]
    )
    func numbers(value: Int, text: String) { #expect(Text.number(value) == text) }

    @Test(
        "Ages are as kubectl shows them",
        arguments: [
            (-5, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (600, "10m"), (10_799, "179m"),
            (10_800, "3h"),
            (11_100, "3h5m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (180_000, "2d2h"), (700_000, "8d"),
        ]
    )
    func ages(seconds: Int, text: String) { #expect(Text.duration(seconds: seconds) == text) }

    @Test("Columns are aligned, without spaces at the ends of lines")
    func tables() {
        let table = TableText(header: ["NAME", "X", "LAST"], rows: [["a", "longer", ""], ["grün", "1", "end"]])
        #expect(table.text == "NAME   X        LAST\na      longer\ngrün   1        end")
    }

    @Test("What a server says commands no terminal")
    func controlCharacters() {
        #expect(ErrorMessage.line("no\u{1B}[2J\u{7F}\tsuch\u{9B}1m\nthing\u{7}") == "no[2Jsuch1m thing")
        #expect(ErrorMessage.printable("NAME\na\u{1B}]0;x\u{7}b") == "NAME\na]0;xb")
    }

    @Test("Messages and progress share a line without mixing")
    func progress() throws {
        let sink = TestShell.Sink()
        let messages = MessageWriter(sink)
        messages.progress("10 %")
        messages.line("kbackup: warning: x")
        messages.progress("20 %")
        messages.clearProgress()
        messages.clearProgress()
        messages.line("done")
        let clear = "\r\u{1B}[K"
        #expect(sink.text == "\(clear)10 %\(clear)kbackup: warning: x\n\(clear)20 %\(clear)done\n")
    }

    @Test("Progress says what there is to say")
    func progressTexts() {
        #expect(
            Progress.text(.backup(objects: 12_345, listsDone: 14, lists: 60, databaseBytes: 0, storedBytes: 2_000_000))
                == "12,345 objects, 14 of 60 lists, 1.9 MiB stored"
        )
        #expect(
            Progress.text(.backup(objects: 0, listsDone: 0, lists: 0, databaseBytes: 5_242_880, storedBytes: 0))
                == "5.0 MiB of etcd, 0 B stored"
        )
        #expect(Progress.text(.restore(done: 0, total: 0, resource: nil)) == "Planning the restore")
        #expect(Progress.text(.restore(done: 3, total: 9, resource: "pods")) == "3 of 9 objects, at pods")
    }
}

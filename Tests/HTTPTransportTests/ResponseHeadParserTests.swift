import HTTPTypes
import Testing

@testable import HTTPTransport

@Suite("Heads of responses")
struct ResponseHeadParserTests {
    private func parse(_ lines: [String]) throws -> ResponseHead? {
        var parser = ResponseHeadParser()
        var head: ResponseHead?
        for line in lines { head = try parser.consume(Array("\(line)\r\n".utf8)) ?? head }
        return head
    }

    @Test("Status lines", arguments: [("HTTP/1.1 200 OK", 200), ("HTTP/2 404 ", 404), ("HTTP/1.0  599", 599)])
    func statusLines(line: String, status: Int) throws {
        #expect(try parse([line, ""])?.status == status)
    }

    @Test(
        "What is not a status line is refused",
        arguments: ["HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 abc OK", "HTTP/1.1 +20 OK", "ICY 200 OK", ""]
    )
    func badStatusLines(line: String) {
        #expect(throws: ResponseHeadParser.Failure.notHTTP) { _ = try parse([line, ""]) }
    }

    @Test("A length is one if it is a number", arguments: [("12", 12), ("-1", nil), ("x", nil), ("", nil)])
    func contentLength(value: String, length: Int?) throws {
        #expect(try parse(["HTTP/1.1 200 OK", "Content-Length: \(value)", ""])?.contentLength == length)
    }

    @Test("A head has bounds")
    func bounds() {
        let long = String(repeating: "x", count: 1000)
        #expect(throws: ResponseHeadParser.Failure.tooLarge) {
            _ = try parse(["HTTP/1.1 200 OK"] + Array(repeating: "X: \(long)", count: 300) + [""])
        }
        #expect(throws: ResponseHeadParser.Failure.tooLarge) {
            _ = try parse(["HTTP/1.1 200 OK"] + Array(repeating: "X: 1", count: 1001) + [""])
        }
    }

    @Test("Random lines never do worse than an error", arguments: 0..<20)
    func randomLines(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state >> 33) % bound
        }
        let pieces: [[UInt8]] = [
            Array("HTTP/1.1 200 OK".utf8), Array("HTTP/1.1 100".utf8), [0x0d], [0x0a], [0x3a], [0x20], [0x00], [0xff],
            Array("X-Name".utf8), Array("\r\n".utf8), [],
        ]
        for _ in 0..<300 {
            var parser = ResponseHeadParser()
            for _ in 0..<next(8) {
                let line = (0..<next(6)).flatMap { _ in pieces[next(pieces.count)] }
                do {
                    if let head = try parser.consume(line) { #expect(head.status >= 200) }
                } catch {
                    break
                }
            }
        }
    }
}

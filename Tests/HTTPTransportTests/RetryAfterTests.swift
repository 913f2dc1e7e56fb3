import HTTPTypes
import Testing

@testable import HTTPTransport

@Suite("Retry-After")
struct RetryAfterTests {
    @Test(
        "Dates",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] as [(String, Int64)]
    )
    func dates(text: String, seconds: Int64) {
        #expect(RetryAfter.seconds(ofDate: text) == seconds)
    }

    @Test(
        "What is not a wait says nothing",
        arguments: [
            "", "soon", "-1", "1.5", "99999999999999999999", "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
        ]
    )
    func nonsense(value: String) {
        #expect(RetryAfter.wait(in: [.retryAfter: value, .date: "Sun, 06 Nov 1994 08:49:37 GMT"]) == nil)
    }

    @Test("A date in the past, or now, is no wait")
    func past() {
        let fields: HTTPFields = [
            .date: "Sun, 06 Nov 1994 08:49:37 GMT", .retryAfter: "Sat, 05 Nov 1994 08:49:37 GMT",
        ]
        #expect(RetryAfter.wait(in: fields) == .zero)
    }

    @Test("A date without the server's own says nothing")
    func withoutDate() {
        #expect(RetryAfter.wait(in: [.retryAfter: "Sun, 06 Nov 1994 08:49:37 GMT"]) == nil)
    }
}

import KubernetesModel
import Testing

@Suite("JSON documents")
struct JSONValueTests {
    private func roundTrip(_ text: String) throws -> String {
        String(decoding: try JSONValue(parsing: text.utf8).serialized(), as: UTF8.self)
    }

    @Test(
        "Numbers, keys and their order come out as they went in",
        arguments: [
            "0", "-0", "0.0", "1.50", "9007199254740993", "18446744073709551616", "1e400", "-2.5E-7", "1E+2",
            #"{"z":1,"a":2,"m":{"b":[],"a":{}}}"#, #"[1,2.0,[null,true,false],{},"x"]"#, #""""#, #"{"":{"":""}}"#,
            #""é e\#u{301} \#u{1F600}""#, #""a/b""#, #""\"\\\n\r\t\u0000\u001f""#,
        ]
    )
    func byteExact(text: String) throws {
        #expect(try roundTrip(text) == text)
    }

    @Test(
        "Escapes keep their meaning",
        arguments: [
            (#""\u0041\u00e9\/\b\f""#, #""Aé/\u0008\u000c""#), (#""\ud83d\ude00""#, "\"😀\""),
            (#""\u2028\u003c""#, "\"\u{2028}<\""), (#""\uD83D\uDE00\uFFFF""#, "\"😀\u{FFFF}\""),
        ]
    )
    func escapes(text: String, expected: String) throws {
        #expect(try roundTrip(text) == expected)
    }

    @Test(
        "Lone surrogates survive",
        arguments: [
            #""\ud800""#, #""\udfff""#, #""a\udc00\ud800b""#, #""\ud83d\ud83d\ude00""#, #""\ud800\u0041""#,
            #"{"\udead":"é"}"#,
        ]
    )
    func loneSurrogates(text: String) throws {
        let value = try JSONValue(parsing: text.utf8)
        let again = try JSONValue(parsing: value.serialized())
        #expect(value == again)
        if text == #""\ud83d\ud83d\ude00""# {
            #expect(String(decoding: value.serialized(), as: UTF8.self) == "\"\\ud83d😀\"")
        } else if !text.contains("0041") {
            #expect(String(decoding: value.serialized(), as: UTF8.self) == text)
        }
    }

    @Test("Random documents survive a round trip, twice serialized alike")
    func randomRoundTrips() throws {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let value = JSONValue.random(depth: 5, using: &random)
            let bytes = value.serialized()
            #expect(try JSONValue(parsing: bytes) == value, "seed \(seed)")
            #expect(try JSONValue(parsing: bytes).serialized() == bytes, "seed \(seed)")
        }
    }

    @Test("A document that is cut off anywhere is refused")
    func truncated() throws {
        let bytes = Array(Sample.pods.utf8.dropLast())
        for length in 0..<bytes.count {
            let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes[..<length]) }
            #expect(error?.code == .truncated, "cut after \(length) bytes")
        }
        #expect(throws: Never.self) { try JSONValue(parsing: bytes) }
    }

    @Test(
        "What is not JSON is refused, at the right byte",
        arguments: [
            ("[1,]", 3), ("{\"a\":1,}", 7), ("nul", 3), ("nulx", 3), ("[01]", 2), ("{\"a\":1,\"\\u0061\":2}", 7),
            ("[1] 2", 4),
            ("\"\u{1}\"", 1), (#""\u12""#, 5), (#""\q""#, 2), ("[1 2]", 3), ("{1:2}", 1), ("-", 1), ("1.", 2),
            ("1e", 2), ("+1", 0),
        ]
    )
    func malformed(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
        #expect(error?.offset == offset)
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]]
    )
    func notUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONError.self) { try JSONValue(parsing: [quote] + bytes + [quote]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [quote] + Array(#"\n"#.utf8) + bytes + [quote]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [quote] + Array(#"\ud800"#.utf8) + bytes + [quote]) }
    }

    @Test(
        "Nesting is accepted up to the limit, and a hostile million of brackets costs nothing",
        arguments: ["[", #"{"a":"#]
    )
    func depth(open: String) throws {
        let close = open == "[" ? "]" : "}"
        let deep = String(repeating: open, count: 511) + "[]" + String(repeating: close, count: 511)
        #expect(throws: Never.self) { try JSONValue(parsing: deep.utf8) }
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: String(repeating: open, count: 1_000_000).utf8)
        }
        #expect(error?.code == .tooDeep)
    }

    @Test("Objects of many keys are read, and a doubled key is found", arguments: [10, 15, 16, 17, 40])
    func manyKeys(count: Int) throws {
        let members = (0..<count).map { #""key\#($0)":\#($0)"# }
        let object = try JSONValue(parsing: "{\(members.joined(separator: ","))}".utf8)
        #expect(object.object?.count == count)
        #expect(object["key\(count - 1)"]?.integer == count - 1)
        for doubled in [0, count - 1] {
            #expect(throws: JSONError.self) {
                try JSONValue(parsing: #"{\#(members.joined(separator: ",")),"key\#(doubled)":0}"#.utf8)
            }
        }
    }

    @Test("Spellings of text that only look alike are not equal")
    func noNormalization() throws {
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(composed == decomposed, "Swift takes them for equal")
        #expect(JSONValue.string(composed) != .string(decomposed))
        let object = try JSONValue(parsing: #"{"\#(composed)":1,"\#(decomposed)":2}"#.utf8)
        #expect(object.object?[composed]?.integer == 1)
        #expect(object.object?[decomposed]?.integer == 2)
    }

    @Test(
        "Equivalence sees through the order of keys and the spelling of numbers",
        arguments: [
            ("1", "1.0", true), ("10e-1", "1", true), ("0", "-0.0", true), ("100", "1E2", true), ("1.5", "1.50", true),
            ("9007199254740993", "9007199254740992", false), ("1", "-1", false), ("1e400", "1e401", false),
            ("0.001", "1e-3", true), ("12", "120", false), ("1e99999999999", "1e99999999999", true),
            ("\"1\"", "1", false),
            (#"{"a":1,"b":[1.0]}"#, #"{"b":[1],"a":1.0}"#, true), (#"{"a":1}"#, #"{"a":1,"b":null}"#, false),
            ("[1,2]", "[2,1]", false), (#"{"a":1,"b":2}"#, #"{"a":1,"c":2}"#, false),
        ]
    )
    func equivalence(left: String, right: String, isEquivalent: Bool) throws {
        let (left, right) = (try JSONValue(parsing: left.utf8), try JSONValue(parsing: right.utf8))
        #expect(left.isEquivalent(to: right) == isEquivalent)
        #expect(right.isEquivalent(to: left) == isEquivalent)
    }
}

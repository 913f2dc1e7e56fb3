import ObjectStore
import Testing

@Suite("Object keys")
struct ObjectKeyTests {
    @Test(
        "What could lead elsewhere is no key",
        arguments: ["", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", "a\0b"]
    )
    func invalid(rawValue: String) {
        #expect(ObjectKey(validating: rawValue) == nil)
    }

    @Test("A key has at most 900 bytes")
    func length() {
        #expect(ObjectKey(validating: String(repeating: "\u{e9}", count: 450)) != nil)
        #expect(ObjectKey(validating: String(repeating: "\u{e9}", count: 450) + "a") == nil)
    }

    @Test("Spellings of one letter are different keys")
    func spellings() {
        let composed = ObjectKey("caf\u{e9}")
        let decomposed = ObjectKey("cafe\u{301}")
        #expect(composed.rawValue == decomposed.rawValue)
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed]).count == 2)
        #expect(decomposed < composed)
    }
}

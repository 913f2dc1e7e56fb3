import KubernetesModel
import Testing

@Suite("Label selectors")
struct LabelSelectorTests {
    private static let labels = ["app": "web", "tier": "front", "empty": "", "example.com/size": "10"]

    @Test(
        "A selector matches as kubectl's does",
        arguments: [
            ("", true), (" ", true), ("app=web", true), ("app==web", true), ("app = web", true), ("app=db", false),
            ("app!=db", true), ("app!=web", false), ("missing!=x", true), ("missing=x", false), ("missing=", false),
            ("empty=", true), ("empty", true), ("!empty", false), ("missing", false), ("!missing", true),
            ("! missing", true),
            ("app in (web,db)", true), ("app in (db)", false), ("app in(web)", true), ("app notin (db,x)", true),
            ("app notin (web)", false), ("missing notin (a)", true), ("missing in (a)", false), ("empty in (,a)", true),
            ("app=web,tier=front", true), ("app=web,tier=back", false), ("app=web , !missing,tier in (front)", true),
            ("example.com/size>9", true), ("example.com/size>10", false), ("example.com/size<11", true),
            ("app>1", false),
            ("missing<5", false), ("in=x", false), ("notin", false), ("app in (in,notin,web)", true),
        ]
    )
    func matches(text: String, isMatch: Bool) throws {
        let selector = try LabelSelector(parsing: text)
        #expect(selector.matches(Self.labels) == isMatch)
        let again = try LabelSelector(parsing: selector.description)
        #expect(again == selector)
    }

    @Test(
        "What is no selector is refused, with the place",
        arguments: [
            (",", 0), ("app=web,", 8), ("=web", 0), ("app=web tier=x", 8), ("app in", 6), ("app in web", 7),
            ("app in (web", 11),
            ("app in (web db)", 12), ("app in ()x", 9), ("!", 1), ("!app=web", 4), ("app===web", 5), ("app=a=b", 5),
            ("-app", 0), ("app=-x", 4), ("app=a b", 6), ("a/b/c", 0), ("/a", 0), ("a/", 0), ("A.b/c", 0), ("app>x", 4),
            ("app=ü", 4),
            ("app & x", 4), ("'app'", 0),
        ]
    )
    func invalid(text: String, position: Int) {
        let error = #expect(throws: LabelSelectorError.self) { try LabelSelector(parsing: text) }
        #expect(error?.position == position)
        #expect(error?.message.contains("'\(text)'") == true)
    }

    @Test("Keys and values have the lengths of Kubernetes")
    func lengths() throws {
        let long = String(repeating: "a", count: 63)
        let prefix = Array(repeating: String(repeating: "a", count: 62), count: 4).joined(separator: ".")
        #expect(throws: Never.self) { try LabelSelector(parsing: "\(prefix)/\(long)=\(long)") }
        #expect(throws: LabelSelectorError.self) { try LabelSelector(parsing: "\(long)a") }
        #expect(throws: LabelSelectorError.self) { try LabelSelector(parsing: "a=\(long)a") }
        #expect(throws: LabelSelectorError.self) { try LabelSelector(parsing: "\(prefix).aaa/a") }
    }
}

import KubernetesModel
import Testing
import Yams

@testable import Operations

@Suite("YAML and JSON texts")
struct YAMLTextTests {
    private static let document = #"""
        {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"odd","labels":{},"annotations":{"a/b":"true"}},
        "data":{"yes":"no","number":"0123","octal":"0o17","time":"12:30:45","date":"2026-11-23","version":"1.20.2",
        "address":"10.96.0.1","empty":"","script":"#!/bin/sh\necho \"hi\"\n","tab":"a\tb\n c","colon":"a: b","hash":"a #b",
        "star":"*a","unicode":"grün 🐦","null":"null","exp":"1e3","quantity":"100Mi","minus":"-5","uid":"7482d712-379c-4558-8718-308183631150","dash":"- a","space":" a "},
        "big":12345678901234567890,"float":1.10,"exponent":1E+2,"list":[],"items":[1,true,null,"x",{"a":[[]]}]}
        """#

    @Test("A document reads well, in the order it is stored in")
    func golden() throws {
        let text = try YAMLText.render(try JSONValue(parsing: Self.document.utf8))
        #expect(
            text == #"""
                kind: ConfigMap
                apiVersion: v1
                metadata:
                  name: odd
                  labels: {}
                  annotations:
                    a/b: "true"
                data:
                  "yes": "no"
                  number: "0123"
                  octal: "0o17"
                  time: "12:30:45"
                  date: "2026-11-23"
                  version: 1.20.2
                  address: 10.96.0.1
                  empty: ""
                  script: |
                    #!/bin/sh
                    echo "hi"
                  tab: "a\tb\n c"
                  colon: 'a: b'
                  hash: 'a #b'
                  star: '*a'
                  unicode: "grün \U0001F426"
                  "null": "null"
                  exp: "1e3"
                  quantity: 100Mi
                  minus: "-5"
                  uid: 7482d712-379c-4558-8718-308183631150
                  dash: "- a"
                  space: ' a '
                big: 12345678901234567890
                float: 1.10
                exponent: 1E+2
                list: []
                items:
                - 1
                - true
                - null
                - x
                - a:
                  - []

                """#,
            "\(text)"
        )
    }

    @Test(
        "Texts come back as texts, whatever they look like",
        arguments: [
            "true", "Yes", "NO", "on", "~", "Null", "1", "1_000", "0x1F", "0b1", "1e3", "+1", ".5", ".inf", ".NaN",
            "1:30", "=", "<<",
            "2026-11-23T10:15:30Z", "- a", "? a", ": a", "a:", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "'",
            "\"", "[a", "{a",
            "a\nb", "a\n", "\na", " a\nb", "a \nb ", "\n", "a\u{7}b", "a\u{2028}b", "é", "\t", " ", "---", "...",
            "--- a",
            "a\r\nb", "very long " + String(repeating: "word ", count: 60) + "end", "1.2.3.4", "1d",
            "74820712-3790-4558-8718-308183631150", "2026-11-23T10:15:30-05:00", "1-2-3-4-5", "10Mi", "0.5Gi",
            "1_0.0e+1",
        ]
    )
    func texts(text: String) throws {
        let yaml = try YAMLText.render(["a": .string(text), "b": [.string(text)]])
        let node = try #require(try Yams.compose(yaml: yaml))
        #expect(node["a"]?.scalar?.string == text, "\(yaml)")
        #expect(node["b"]?[0]?.scalar?.string == text, "\(yaml)")
        let scalar = try #require(node["a"]?.scalar)
        if scalar.style == .plain {
            #expect(Node(text).tag == Tag(.str) || Resolver.default.resolveTag(of: Node(text)) == .str, "\(yaml)")
        }
    }

    @Test("JSON is indented by four spaces, empty collections stay on their line")
    func json() throws {
        let value = try JSONValue(parsing: #"{"b":[1,{"c":"ü\n\"/"}],"a":{},"e":[],"n":1.10}"#.utf8)
        #expect(
            MachineText.json(value) == #"""
                {
                    "b": [
                        1,
                        {
                            "c": "ü\n\"/"
                        }
                    ],
                    "a": {},
                    "e": [],
                    "n": 1.10
                }

                """#
        )
    }
}

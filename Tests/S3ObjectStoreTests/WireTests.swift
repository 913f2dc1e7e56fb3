import ObjectStore
import Testing

@testable import S3ObjectStore

@Suite("S3's notations")
struct WireTests {
    // MARK: - XML

    @Test("Elements, text, entities and namespaces are read")
    func xml() throws {
        let document = """
            \u{FEFF}<?xml version="1.0" encoding="UTF-8"?><!-- c --><s3:List xmlns:s3='http://x' a = "1>2">
              <Key>a &amp; &lt;b&gt; &quot;c&apos; &#233;&#x1F4E6;</Key><Empty/><Empty />
              <!-- <Key>no</Key> --><Nested><Key>inner</Key></Nested><Data><![CDATA[<&]]]></Data>
            </s3:List>

            """
        let list = try XMLElement(parsing: Array(document.utf8))
        #expect(list.name == "List")
        #expect(list["Key"] == "a & <b> \"c' \u{e9}\u{1F4E6}")
        #expect(list.all("Empty").map(\.text) == ["", ""])
        #expect(list.first("Nested")?["Key"] == "inner")
        #expect(list["Data"] == "<&]")
        #expect(list["Missing"] == nil)
    }

    @Test(
        "What is not well-formed, or hostile, is refused",
        arguments: [
            "", "   ", "text", "<a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a>&unknown;</a>", "<a>&#xD800;</a>",
            "<a>&#99999999;</a>", "<a>&amp</a>", "<a b=c/>", "<a b='1/>", "<a", "<", "</a>", "<a><!-- </a>",
            "<a><![CDATA[</a>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a><!ELEMENT b></a>", "< a/>", "<a>\u{0}</b>",
        ]
    )
    func badXML(document: String) {
        #expect(throws: XMLError.self) { try XMLElement(parsing: Array(document.utf8)) }
    }

    @Test("Depth is bounded")
    func deepXML() {
        let document = String(repeating: "<a>", count: 100_000) + String(repeating: "</a>", count: 100_000)
        #expect(throws: XMLError.self) { try XMLElement(parsing: Array(document.utf8)) }
    }

    @Test("Escaped text reads back", arguments: ["a&b<c>d\"e'f", "\u{e9}\u{1F4E6}", "&amp;", "a\nb\tc\rd", "]]>"])
    func escape(text: String) throws {
        #expect(try XMLElement(parsing: Array("<a>\(XMLElement.escape(text))</a>".utf8)).text == text)
    }

    // MARK: - URLs

    @Test("Every byte that is not plain is encoded, and decoded again")
    func percentEncoding() {
        let text = "a b+c%/\u{e9}~-._!*'()"
        #expect(PercentEncoding.query(text) == "a%20b%2Bc%25%2F%C3%A9~-._%21%2A%27%28%29")
        #expect(PercentEncoding.path(text) == "a%20b%2Bc%25/%C3%A9~-._%21%2A%27%28%29")
        #expect(PercentEncoding.decode(PercentEncoding.query(text)) == text)
        #expect(PercentEncoding.decode("a+b%2B%c3%a9") == "a b+\u{e9}")
        for bad in ["%", "%4", "%zz", "%ff"] { #expect(PercentEncoding.decode(bad) == nil) }
    }

    @Test(
        "The bucket is in front of the host or in the path",
        arguments: [
            ("b", nil, .automatic, "https://s3.eu-west-1.amazonaws.com/b/k"),
            ("bucket", nil, .automatic, "https://bucket.s3.eu-west-1.amazonaws.com/k"),
            ("my.bucket", nil, .automatic, "https://s3.eu-west-1.amazonaws.com/my.bucket/k"),
            ("Bucket_1", nil, .automatic, "https://s3.eu-west-1.amazonaws.com/Bucket_1/k"),
            ("bucket", nil, .path, "https://s3.eu-west-1.amazonaws.com/bucket/k"),
            ("bucket", "https://s3.example.com/", .automatic, "https://s3.example.com/bucket/k"),
            ("bucket", "https://S3.example.com:443", .automatic, "https://s3.example.com/bucket/k"),
            ("bucket", "http://127.0.0.1:9000", .automatic, "http://127.0.0.1:9000/bucket/k"),
            ("bucket", "http://example.com:80/s3/", .automatic, "http://example.com/s3/bucket/k"),
            ("bucket", "https://s3.example.com:8443/x", .virtualHosted, "https://bucket.s3.example.com:8443/x/k"),
            ("bucket", "https://s3.us-west-2.amazonaws.com", .automatic, "https://bucket.s3.us-west-2.amazonaws.com/k"),
        ] as [(String, String?, S3Configuration.Addressing, String)]
    )
    func endpoints(bucket: String, endpoint: String?, addressing: S3Configuration.Addressing, url: String) throws {
        var configuration = S3Configuration(bucket: bucket)
        configuration.endpoint = endpoint
        configuration.addressing = addressing
        #expect(try S3Endpoint(configuration, region: "eu-west-1").url(key: "k") == url)
    }

    @Test(
        "An endpoint or bucket that cannot be used is refused",
        arguments: [
            ("bucket", "s3.example.com"), ("bucket", "ftp://s3.example.com"), ("bucket", "https://"),
            ("bucket", "https://a?b=c"),
            ("bucket", "https://user:secret@example.com"), ("bucket", "https://exa mple.com"), ("", "https://a"),
            ("a/b", "https://a"), ("a b", "https://a"),
        ]
    )
    func badEndpoint(bucket: String, endpoint: String) {
        var configuration = S3Configuration(bucket: bucket)
        configuration.endpoint = endpoint
        let error = #expect(throws: ObjectStoreError.self) { try S3Endpoint(configuration, region: "us-east-1") }
        #expect(error?.code == .misconfigured)
    }

    @Test(
        "A location is written as users write it",
        arguments: [("", "s3://b"), ("a", "s3://b/a"), ("/a/b/", "s3://b/a/b")]
    )
    func location(prefix: String, location: String) throws {
        let store = try S3ObjectStore(S3Configuration(bucket: "b", prefix: prefix), environment: [:])
        #expect(store.location == location)
    }

    // MARK: - Times

    @Test(
        "Times are written and read",
        arguments: [
            (0, "19700101T000000Z"), (1_369_353_600, "20130524T000000Z"), (951_782_400, "20000229T000000Z"),
            (4_102_444_799, "20991231T235959Z"), (1_709_210_096, "20240229T123456Z"),
        ]
    )
    func times(seconds: Int, text: String) {
        #expect(Timestamp(seconds: seconds).basic == text)
        #expect(Timestamp(iso8601: text)?.seconds == seconds)
    }

    @Test("Times come in several notations")
    func notations() {
        let time = Timestamp(seconds: 1_369_353_600)
        #expect(Timestamp(iso8601: "2013-05-24T00:00:00.000Z") == time)
        #expect(Timestamp(iso8601: "2013-05-24T00:00:00Z") == time)
        #expect(Timestamp(iso8601: "2013-05-24T02:00:00+02:00") == time)
        #expect(Timestamp(iso8601: "2013-05-23T19:00:00-0500") == time)
        #expect(Timestamp(http: "Fri, 24 May 2013 00:00:00 GMT") == time)
        for bad in ["", "2013", "2013-13-01T00:00:00Z", "2013-05-24T24:00:00Z", "2013-05-24T00:00:00Zx", "yesterday"] {
            #expect(Timestamp(iso8601: bad) == nil)
            #expect(Timestamp(http: bad) == nil)
        }
    }

    // MARK: - Order of lists

    private func stats(_ keys: [String]) -> [ObjectStat] {
        keys.map { ObjectStat(key: ObjectKey($0), sizeInBytes: 0, modifiedAt: 0, version: VersionTag("")) }
    }

    @Test("Objects listed folder by folder come out in the order of their keys", arguments: 1...9)
    func listOrder(pageSize: Int) throws {
        // As a file system walks: a name and what is beneath it before the next name.
        let listed = ["p/a/1", "p/a/2/x", "p/a b", "p/a-b/1", "p/a0", "p/b", "p/c/1", "p/c/2", "p/c.d"]
        for (prefix, keys) in [
            ("p/", listed), ("", listed), ("p/a", Array(listed[..<5])), ("p/c/", ["p/c/1", "p/c/2"]),
        ] {
            var order = ListOrder(prefix: prefix, isSorted: false)
            var sorted: [String] = []
            for start in stride(from: 0, to: keys.count, by: pageSize) {
                let end = min(start + pageSize, keys.count)
                let pages = try order.add(stats(Array(keys[start..<end])), isLast: end == keys.count, in: "s3://test")
                sorted += pages.joined().map(\.key.rawValue)
            }
            #expect(sorted == keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        }
    }

    @Test("What cannot be preceded is not held back")
    func listProgress() throws {
        var order = ListOrder(prefix: "packs/", isSorted: false)
        #expect(try order.add(stats(["packs/00/a", "packs/00/b"]), isLast: false, in: "").isEmpty)
        let pages = try order.add(stats(["packs/01/a"]), isLast: false, in: "")
        #expect(pages.joined().map(\.key.rawValue) == ["packs/00/a", "packs/00/b"])
        var sorted = ListOrder(prefix: "packs/", isSorted: true)
        #expect(try sorted.add(stats(["packs/00/a"]), isLast: false, in: "").count == 1)
    }

    @Test("A list without order is an error")
    func disorder() throws {
        var order = ListOrder(prefix: "", isSorted: true)
        _ = try order.add(stats(["b"]), isLast: false, in: "s3://test")
        let error = #expect(throws: ObjectStoreError.self) {
            try order.add(stats(["a"]), isLast: true, in: "s3://test")
        }
        #expect(error?.code == .refused)
    }
}

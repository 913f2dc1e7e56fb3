import Repository

/// What the example repository holds: known contents, of every kind.
///
/// `docs/format.md` and the golden repositories are made of them: a change here needs new ones.
enum ExampleContents {
    static let cluster = "5f3c0a52-6a6e-4d0b-9a37-7f1f0c1d2e3f"

    /// Of the backup `first`.
    static let objects: [String: [UInt8]] = {
        var objects: [String: [UInt8]] = [:]
        for number in 0..<9 {
            objects["/configmaps/shop/settings-\(number)"] = configMap(number, value: "\(number)")
        }
        objects["/namespaces//shop"] = Array(
            #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"#.utf8
        )
        return objects
    }()

    /// Of the backup `second`: one is another, one is gone.
    static let laterObjects: [String: [UInt8]] = {
        var objects = Self.objects
        objects["/configmaps/shop/settings-3"] = configMap(3, value: "changed")
        objects["/configmaps/shop/settings-5"] = nil
        return objects
    }()

    private static func configMap(_ number: Int, value: String) -> [UInt8] {
        Array(
            (#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings-\#(number)","namespace":"shop"},"#
                + #""data":{"value":"\#(value)"}}"#).utf8
        )
    }

    static let pageSize = 4096

    /// A database of nine pages, of which the last is short, and the same with another fifth page.
    static let pages = (0..<9).map { [UInt8](repeating: UInt8($0 + 1), count: $0 == 8 ? 32 : pageSize) }
    static let laterPages = pages.indices.map { $0 == 4 ? [UInt8](repeating: 0x44, count: pageSize) : pages[$0] }

    /// A stream of two chunks, and one of which the second is another.
    static let chunks = [[UInt8](repeating: 0x61, count: 1000), [UInt8](repeating: 0x62, count: 500)]
    static let laterChunks = [chunks[0], [UInt8](repeating: 0x63, count: 700)]

    /// A folder `srv`, and in it a file `hello` with data, and a mark that it changed while it was read.
    static let files: [(key: [UInt8], isNode: Bool, record: [UInt8])] = {
        let folder = Array("srv".utf8)
        let file = folder + [0] + Array("hello".utf8)
        return [
            (folder + [0, 0], true, folderNode),
            (file + [0, 0], true, fileNode),
            (file + [0, 0] + .number(0), false, Array("Hello, world!\n".utf8)),
            (file + [0, 0] + .number(.max), true, [1]),
        ]
    }()

    /// Version 1, a folder, 0755, user 0 `root`, group 0 `root`; size 0; modified 2023-11-14T22:13:20Z, changed a second
    /// later; device 2049, inode 131; no attributes.
    static let folderNode: [UInt8] =
        [1, 2, 0xED, 0x03, 0, 0, 4] + Array("root".utf8) + [4] + Array("root".utf8)
        + [0, 0x80, 0xC4, 0x9F, 0xD5, 0x0C, 0, 0x82, 0xC4, 0x9F, 0xD5, 0x0C, 0, 0x81, 0x10, 0x83, 0x01, 0]

    /// Version 1, a file, 0644, user 1000 without a name, group 100 `users`; 14 bytes; modified 2023-11-14T22:13:20.5Z,
    /// changed a second later; device 2049, inode 132; the first of its names; the attribute `user.note` is `hi`.
    static let fileNode: [UInt8] =
        [1, 1, 0xA4, 0x03, 0xE8, 0x07, 0x64, 0, 5] + Array("users".utf8)
        + [14, 0x80, 0xC4, 0x9F, 0xD5, 0x0C, 0x80, 0xCA, 0xB5, 0xEE, 0x01]
        + [0x82, 0xC4, 0x9F, 0xD5, 0x0C, 0x80, 0xCA, 0xB5, 0xEE, 0x01, 0x81, 0x10, 0x84, 0x01, 0, 1]
        + [9] + Array("user.note".utf8) + [2] + Array("hi".utf8)

    static let details = Array(#"{"note":"details of the program that made the backup"}"#.utf8)
    static let report = Array(#"{"phase":"Completed"}"#.utf8)
}

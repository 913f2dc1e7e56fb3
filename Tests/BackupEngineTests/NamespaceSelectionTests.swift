import Testing

@testable import BackupEngine

@Suite("Namespace selection")
struct NamespaceSelectionTests {
    private let cluster: [String: [String: String]] = [
        "default": [:], "kube-system": [:], "shop": ["team": "a"], "shop-data": [:],
        "scratch": ["velero.io/exclude-from-backup": "true"],
    ]

    @Test(
        "Names and patterns choose namespaces",
        arguments: [
            ([], [], ["default", "kube-system", "shop", "shop-data"]),
            (["*"], [], ["default", "kube-system", "shop", "shop-data"]),
            (["shop"], [], ["shop"]),
            (["shop*"], [], ["shop", "shop-data"]),
            (["shop*"], ["*-data"], ["shop"]),
            ([], ["kube-*"], ["default", "shop", "shop-data"]),
            (["sho[p-q]", "default"], [], ["default", "shop"]),
        ] as [([String], [String], [String])]
    )
    func selects(included: [String], excluded: [String], expected: [String]) throws {
        var spec = BackupSpec()
        spec.includedNamespaces = included
        spec.excludedNamespaces = excluded
        #expect(try NamespaceSelection(spec).select(from: cluster).scope.selected == Set(expected))
    }

    @Test("What is left out is named with its rule")
    func exclusions() throws {
        var spec = BackupSpec()
        spec.excludedNamespaces = ["kube-*"]
        let exclusions = try NamespaceSelection(spec).select(from: cluster).exclusions
        #expect(
            Set(exclusions) == [
                .init(subject: "namespaces/kube-system", rule: "--exclude-namespaces kube-*"),
                .init(subject: "namespaces/scratch", rule: "label velero.io/exclude-from-backup=true"),
            ]
        )
    }

    @Test("Names and patterns that stand for no namespace are told")
    func warnings() throws {
        var spec = BackupSpec()
        spec.includedNamespaces = ["shop", "team-*"]
        // Whether an excluded namespace would have been included does not matter.
        spec.excludedNamespaces = ["shopp", "kube-system", "x?"]
        #expect(
            try NamespaceSelection(spec).select(from: cluster).warnings == [
                "--include-namespaces 'team-*' matches no namespace of the cluster.",
                "--exclude-namespaces 'shopp' matches no namespace of the cluster.",
                "--exclude-namespaces 'x?' matches no namespace of the cluster.",
            ]
        )
    }

    @Test("An excluded namespace does not make a selection of everything a selection of some")
    func everything() throws {
        var spec = BackupSpec()
        spec.excludedNamespaces = ["scratch"]
        #expect(try NamespaceSelection(spec).includesEverything)
        spec.includedNamespaces = ["shop"]
        #expect(try !NamespaceSelection(spec).includesEverything)
    }

    @Test("A name that the cluster does not have is an error that says it", arguments: [["gone"], ["shop", "gone"]])
    func unknown(included: [String]) throws {
        var spec = BackupSpec()
        spec.includedNamespaces = included
        let error = #expect(throws: BackupEngineError.self) { try NamespaceSelection(spec).select(from: cluster) }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("'gone'") == true)
    }

    @Test("A selection of nothing is an error", arguments: [["none*"], ["scratch"]])
    func nothing(included: [String]) throws {
        var spec = BackupSpec()
        spec.includedNamespaces = included
        #expect(throws: BackupEngineError.self) { try NamespaceSelection(spec).select(from: cluster) }
    }

    @Test("A pattern that cannot be read is an error", arguments: ["", "a[b"])
    func malformed(pattern: String) {
        var spec = BackupSpec()
        spec.includedNamespaces = [pattern]
        let error = #expect(throws: BackupEngineError.self) { try NamespaceSelection(spec) }
        #expect(error?.code == .invalidSpec)
    }
}

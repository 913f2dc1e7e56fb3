import KubeAPI
import KubernetesModel
import Repository

/// Backs up the objects that a survey has selected: lists first what is selected for itself, then what that needs.
struct ObjectBackup: Sendable {
    let client: KubeClient
    let survey: ClusterSurvey
    let resources: ResourceSelection
    let scope: NamespaceScope
    let spec: BackupSpec
    let labels: LabelSelector
    let writer: BackupWriter
    let ledger: BackupLedger
    let progress: ProgressMeter

    private static let namespaces: GroupResource = "namespaces"

    /// - Parameters:
    ///   - parent: The objects of an earlier backup.
    ///   - extendsParent: Whether that was of the same selection.
    /// - Throws: What the repository or its store throws.
    func run(parent: Manifest?, extendsParent: Bool) async throws -> Manifest {
        let manifest = writer.manifest(.objects, parent: parent, extendsParent: extendsParent)
        let selected = resources.selected.filter { $0.extent == .all }.flatMap { selected in
            ListUnit.units(
                for: selected.resource,
                namespaces: survey.takesAllNamespaces ? nil : survey.namespaces,
                labelSelector: spec.labelSelector
            )
        }
        var needed = ClusterNeeds.candidates.compactMap(neededUnit)
        let probe = RevisionProbe(client: client)
        let apart = try await probe.resourcesApart(
            among: selected + needed,
            served: survey.served,
            since: survey.revision
        )
        for warning in apart.warnings { ledger.warn(warning) }
        let revision = ListRevision(survey.revision, apart: apart.resources)
        let collector = ObjectCollector(
            client: client,
            manifest: manifest,
            ledger: ledger,
            revision: revision,
            scope: scope,
            onObjects: { count in progress.update(writer) { $0.objects += count } },
            onList: { progress.update(writer) { $0.lists.done += 1 } }
        )
        progress.update(writer) { $0.lists.total = selected.count + needed.count }
        // Without labels to choose by, all namespaces come along, and are best listed while nobody has deleted one.
        if labels.requirements.isEmpty, let unit = needed.popLast(of: Self.namespaces) {
            var needs = ClusterNeeds()
            for name in scope.selected { needs.need(Self.namespaces, name) }
            _ = try await collectNeeded(unit, &needs, collector)
        }
        var needs = try await collector.collect(selected, asksForNeeds: !needed.isEmpty)
        for unit in needed { try await collectNeeded(unit, &needs, collector) }
        warnOfRevisions(revision)
        warnOfNothing()
        return try await manifest.finish()
    }

    /// The list of a resource of which only some objects are taken.
    private func neededUnit(_ name: GroupResource) -> ListUnit? {
        guard
            let selected = resources.selected.first(where: { $0.extent != .all && $0.resource.groupResource == name })
        else { return nil }
        return ListUnit(
            resource: selected.resource,
            taking: selected.extent == .needed ? .needed : .labelledOrNeeded(labels)
        )
    }

    private func collectNeeded(
        _ unit: ListUnit,
        _ needs: inout ClusterNeeds,
        _ collector: ObjectCollector
    ) async throws {
        let resource = unit.resource.groupResource
        if resource == ClusterNeeds.clusterRoles {
            guard try await collector.findAggregatedRoles(unit, needs: &needs) else { return collector.onList() }
        }
        guard let pass = try await collector.collect(unit, needs: needs) else { return }
        needs = pass.needs ?? needs
        guard resource == Self.namespaces else { return }
        let missing = needs.named.filter { $0.isOf(resource) && !pass.namespacesSeen.contains($0.name) }
        for name in missing.map(\.name).sorted() {
            ledger.failed(
                BackupDetails.Failure(
                    subject: "namespaces/\(name)",
                    reason: "It was deleted while the backup ran. Its objects are in the backup, its labels and "
                        + "annotations are not."
                )
            )
        }
    }

    /// What is needed comes along only with an object that has the labels: so nothing has.
    private func warnOfNothing() {
        guard !labels.requirements.isEmpty, ledger.resources.allSatisfy({ $0.objects == 0 }) else { return }
        ledger.warn("No object has the labels of --selector '\(spec.labelSelector)'.")
    }

    private func warnOfRevisions(_ revision: ListRevision) {
        if let problem = revision.problem {
            ledger.warn("No new revision could be read, so that the rest was listed as it was: \(problem)")
        }
        guard revision.refreshes > 0, let first = survey.revision else { return }
        let late = ledger.resources.filter { $0.objects > 0 && !$0.isAtRevision && !$0.isKeptApart }
        guard !late.isEmpty else { return }
        let names = late.prefix(10).map { count in
            "\(GroupResource(group: count.group, resource: count.resource)) (\(count.revisions.joined(separator: ", ")))"
        }
        let more = late.count > names.count ? " and \(late.count - names.count) more" : ""
        ledger.warn(
            "The server gave up revision \(first) while the backup ran. Of later revisions are: "
                + "\(names.joined(separator: ", "))\(more)."
        )
    }
}

extension StoredObjectKey {
    fileprivate func isOf(_ name: GroupResource) -> Bool { group == name.group && resource == name.resource }
}

extension [ListUnit] {
    fileprivate mutating func popLast(of resource: GroupResource) -> ListUnit? {
        lastIndex { $0.resource.groupResource == resource }.map { remove(at: $0) }
    }
}

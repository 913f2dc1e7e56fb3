import HTTPTransport
import HTTPTypes
import KubernetesModel

extension KubeClient {
    /// How many groups are asked at once where the server does not tell of all in one answer.
    private static let discoveryWidth = 8

    /// Asks the server what it serves, afresh.
    ///
    /// What could not be asked is in ``Discovery/failures``; an error is thrown only when nothing could be.
    package func discover() async throws -> Discovery {
        async let core = discoveryRoot("/api")
        async let groups = discoveryRoot("/apis")
        let roots = try await [core, groups].compactMap { $0 }
        guard !roots.isEmpty else {
            throw notKubernetes("it has neither '/api' nor '/apis'")
        }
        var parts: [DiscoveredGroup] = []
        for root in roots {
            switch root {
            case .complete(let complete): parts += complete
            case .groupsOnly(let groups): parts += try await discoverVersions(of: groups)
            }
        }
        return Discovery(parts)
    }

    /// What `/api` or `/apis` tells: all, where the server aggregates, else the names of groups and versions.
    private enum Root: Sendable {
        case complete([DiscoveredGroup])
        case groupsOnly([Discovery.Group])
    }

    /// - Returns: `nil` when the server has no such path.
    private func discoveryRoot(_ path: String) async throws -> Root? {
        var call = APICall(.get, path, action: "tell what it serves under '\(path)'")
        let aggregated = ["v2", "v2beta1"].map {
            "application/json;g=apidiscovery.k8s.io;v=\($0);as=APIGroupDiscoveryList"
        }
        call.accept = (aggregated + ["application/json"]).joined(separator: ",")
        let body: [UInt8]
        do {
            body = try await answer(call)
        } catch let error as KubeAPIError where error.code == .notFound {
            return nil
        }
        guard let object = try? KubernetesObject(parsing: body) else { throw malformed(call) }
        switch object.kind {
        case "APIGroupDiscoveryList":
            guard let items = object["items"]?.array else { throw malformed(call) }
            return .complete(items.map(DiscoveredGroup.init(aggregated:)))
        case "APIVersions":
            let versions = object["versions"]?.array?.compactMap(\.text) ?? []
            return .groupsOnly([Discovery.Group(name: "", versions: versions)])
        case "APIGroupList":
            guard let groups = object["groups"]?.array else { throw malformed(call) }
            return .groupsOnly(groups.compactMap(Discovery.Group.init(legacy:)))
        default:
            throw malformed(call)
        }
    }

    private func discoverVersions(of groups: [Discovery.Group]) async throws -> [DiscoveredGroup] {
        var found = groups.map { DiscoveredGroup(name: $0.name, versions: []) }
        let jobs = groups.enumerated().flatMap { index, group in group.versions.map { (index, group.name, $0) } }
        let answers = try await withThrowingTaskGroup(of: (Int, DiscoveredGroup.Version).self) { tasks in
            var answers: [Int: DiscoveredGroup.Version] = [:]
            for (number, job) in jobs.enumerated() {
                if number >= Self.discoveryWidth, let (done, version) = try await tasks.next() {
                    answers[done] = version
                }
                tasks.addTask { (number, try await discoverVersion(group: job.1, version: job.2)) }
            }
            for try await (done, version) in tasks { answers[done] = version }
            return answers
        }
        for (number, job) in jobs.enumerated() {
            if let version = answers[number] { found[job.0].versions.append(version) }
        }
        return found
    }

    /// One version of a group; a failure to ask is part of the result.
    private func discoverVersion(group: String, version: String) async throws -> DiscoveredGroup.Version {
        let prefix = group.isEmpty ? "/api" : "/apis/\(RequestPath.encoded(group))"
        let path = "\(prefix)/\(RequestPath.encoded(version))"
        let call = APICall(.get, path, action: "tell what it serves under '\(path)'")
        do {
            let body = try await answer(call)
            guard let object = try? KubernetesObject(parsing: body), object.kind == "APIResourceList",
                let resources = object["resources"]?.array
            else { throw malformed(call) }
            return DiscoveredGroup.Version(name: version, legacy: resources, group: group)
        } catch let error as KubeAPIError {
            return DiscoveredGroup.Version(name: version, resources: [], failure: error.message)
        }
    }

    private func malformed(_ call: APICall) -> KubeAPIError {
        KubeAPIError(
            .malformedAnswer,
            "The API server '\(connection.server)' was asked to \(call.action), and its answer is no API discovery."
        )
    }
}

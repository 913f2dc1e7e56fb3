import KubeAPI
import KubernetesModel
import RestoreEngine
import Synchronization

/// A cluster that fails as a test wants it to.
///
/// Objects are kept as they are sent, with a uid: what real servers do with them is tested with real servers.
final class ScriptedTarget: RestoreTarget {
    /// What is asked, before it is done.
    struct Request: Sendable {
        let verb: String
        let resource: GroupResource
        let name: ObjectName
        /// 1 for the first request of this verb for this object.
        let attempt: Int
    }

    enum Fault: Sendable {
        case error(KubeAPIError)
        /// The request is done, but its answer is lost.
        case lostAnswer
    }

    private struct State {
        var objects: [String: KubernetesObject] = [:]
        var attempts: [String: Int] = [:]
        var created: [String] = []
        var version = 0
        var isUnserved: Set<GroupResource> = []
        var takesNone: Set<GroupResource> = []
    }

    private let state = Mutex(State())
    private let discovery: Discovery
    private let fault: @Sendable (Request) -> Fault?
    private let defaults: @Sendable (inout KubernetesObject) -> Void
    private let afterCreate: @Sendable (String) async throws -> Void

    /// - Parameters:
    ///   - source: Its resources are served, in the versions that `versions` names, or else in those of the backup.
    ///   - unserved: Resources that are served only after ``serve(_:)``.
    ///   - defaults: Fills in what objects lack when they are created.
    ///   - afterCreate: Called with the path of each object that was created.
    init(
        serving source: RestoreSource,
        versions: [GroupResource: String] = [:],
        unserved: Set<GroupResource> = [],
        fault: @escaping @Sendable (Request) -> Fault? = { _ in nil },
        defaults: @escaping @Sendable (inout KubernetesObject) -> Void = { _ in },
        afterCreate: @escaping @Sendable (String) async throws -> Void = { _ in }
    ) {
        var resources = source.resources.map { resource in
            APIResource(
                gvr: GroupVersionResource(
                    group: resource.group,
                    version: versions[resource.groupResource] ?? resource.version,
                    resource: resource.resource
                ),
                kind: resource.kind,
                isNamespaced: resource.isNamespaced,
                subresources: ["status"]
            )
        }
        if !resources.contains(where: { $0.gvr.resource == "namespaces" }) { resources.append(.namespaces) }
        discovery = Discovery(groups: [], resources: resources)
        self.fault = fault
        self.defaults = defaults
        self.afterCreate = afterCreate
        state.withLock { $0.isUnserved = unserved }
    }

    /// The objects that were created, in this order: `configmaps/shop/a`.
    var created: [String] { state.withLock(\.created) }

    func object(_ path: String) -> KubernetesObject? { state.withLock { $0.objects[path] } }

    func put(_ path: String, _ object: KubernetesObject) { state.withLock { Self.store(object, path, &$0) } }

    func remove(_ path: String) { state.withLock { $0.objects[path] = nil } }

    func serve(_ resource: GroupResource) { state.withLock { _ = $0.isUnserved.remove(resource) } }

    /// Has discovery show that objects of a resource can be created, or that they cannot.
    func show(_ resource: GroupResource, isCreatable: Bool) {
        state.withLock { state in
            if isCreatable { state.takesNone.remove(resource) } else { state.takesNone.insert(resource) }
        }
    }

    func attempts(_ verb: String, _ path: String) -> Int { state.withLock { $0.attempts["\(verb) \(path)"] ?? 0 } }

    // MARK: - RestoreTarget

    func discover() async throws -> Discovery {
        let (unserved, takesNone) = state.withLock { ($0.isUnserved, $0.takesNone) }
        let resources = discovery.resources.filter { !unserved.contains($0.groupResource) }.map { resource in
            var resource = resource
            if takesNone.contains(resource.groupResource) { resource.verbs.remove("create") }
            return resource
        }
        return Discovery(groups: [], resources: resources)
    }

    func get(_ resource: APIResource, _ name: ObjectName) async throws -> [UInt8] {
        let path = Self.path(resource, name)
        return try begin("get", resource, name) {
            try state.withLock { state in
                guard let object = state.objects[path] else { throw KubeAPIError(.notFound, "There is no \(path).") }
                return object.serialized()
            }
        }
    }

    func create(
        _ resource: APIResource,
        namespace: String?,
        body: [UInt8],
        options: WriteOptions
    ) async throws -> [UInt8] {
        let object = try KubernetesObject(parsing: body)
        let name = ObjectName(namespace: namespace, name: object.name ?? "")
        let path = Self.path(resource, name)
        let answer = try begin("create", resource, name) {
            try state.withLock { state in
                guard state.objects[path] == nil else {
                    throw KubeAPIError(.alreadyExists, "There is \(path) already.")
                }
                state.created.append(path)
                var object = object
                defaults(&object)
                object.uid = "new-\(path)"
                object["metadata", "managedFields"] = [["manager": .string(options.fieldManager ?? "")]]
                Self.store(object, path, &state)
                return (state.objects[path] ?? object).serialized()
            }
        }
        try await afterCreate(path)
        return answer
    }

    func rehearseReplace(_ resource: APIResource, _ name: ObjectName, body: [UInt8]) async throws -> [UInt8] {
        try begin("rehearse", resource, name) {
            var object = try KubernetesObject(parsing: body)
            defaults(&object)
            return object.serialized()
        }
    }

    func mergePatch(
        _ resource: APIResource,
        _ name: ObjectName,
        body: [UInt8],
        options: WriteOptions
    ) async throws -> [UInt8] {
        let path = Self.path(resource, name)
        let patch = try JSONValue(parsing: body)
        return try begin("patch", resource, name) {
            try state.withLock { state in
                guard let object = state.objects[path] else { throw KubeAPIError(.notFound, "There is no \(path).") }
                let expected = patch["metadata", "resourceVersion"]?.text
                guard expected == nil || expected == object.resourceVersion else {
                    throw KubeAPIError(.conflict, "\(path) has changed.")
                }
                let merged = Self.merge(patch, into: .object(object.root)).object ?? object.root
                Self.store(KubernetesObject(merged), path, &state)
                return (state.objects[path] ?? object).serialized()
            }
        }
    }

    // MARK: - Parts

    private func begin(
        _ verb: String,
        _ resource: APIResource,
        _ name: ObjectName,
        _ perform: () throws -> [UInt8]
    ) throws -> [UInt8] {
        let path = Self.path(resource, name)
        let attempt = state.withLock { state in
            state.attempts["\(verb) \(path)", default: 0] += 1
            return state.attempts["\(verb) \(path)"] ?? 0
        }
        switch fault(Request(verb: verb, resource: resource.groupResource, name: name, attempt: attempt)) {
        case .error(let error): throw error
        case .lostAnswer:
            _ = try perform()
            throw KubeAPIError(.unknownOutcome, "The answer was lost.")
        case nil: return try perform()
        }
    }

    private static func store(_ object: KubernetesObject, _ path: String, _ state: inout State) {
        state.version += 1
        var object = object
        object.resourceVersion = String(state.version)
        state.objects[path] = object
    }

    private static func path(_ resource: APIResource, _ name: ObjectName) -> String {
        "\(resource.groupResource)/\(name)"
    }

    private static func merge(_ patch: JSONValue, into value: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var object = value.object ?? JSONObject()
        for change in changes {
            // Spelt out: a bare `nil` would be JSON's null here.
            let merged: JSONValue? =
                change.value.isNull ? Optional.none : merge(change.value, into: object[change.key] ?? .null)
            object[change.key] = merged
        }
        return .object(object)
    }
}

extension KubeAPIError {
    /// An answer of a server, as real ones give it.
    static func refused(_ code: Code, _ status: Int, _ message: String, reason: String = "", retryAfter: Int? = nil)
        -> KubeAPIError
    {
        var answer = KubeStatus(httpStatus: status)
        answer.reason = reason
        answer.message = message
        answer.retryAfterInSeconds = retryAfter
        return KubeAPIError(code, "The API server answered: \(message)", status: answer)
    }
}

/// Time that passes only when somebody sleeps.
final class ScriptedTime: Sendable {
    private let elapsed = Mutex(Duration.zero)
    private let onSleep: @Sendable (Duration) -> Void

    /// - Parameter onSleep: Called at each sleep with the time that has passed.
    init(onSleep: @escaping @Sendable (Duration) -> Void = { _ in }) { self.onSleep = onSleep }

    var now: Duration { elapsed.withLock { $0 } }

    var time: RestoreTime {
        RestoreTime(
            now: { self.now },
            sleep: { duration in
                try Task.checkCancellation()
                let now = self.elapsed.withLock { elapsed in
                    elapsed += max(duration, .milliseconds(1))
                    return elapsed
                }
                self.onSleep(now)
                await Task.yield()
            },
            jitter: { 1 }
        )
    }
}

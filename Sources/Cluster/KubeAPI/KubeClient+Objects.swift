import HTTPTypes
package import KubernetesModel

/// Single objects. Each method returns the server's answer: the object as it is now, as JSON.
extension KubeClient {
    /// Reads an object.
    package func get(_ resource: APIResource, _ name: ObjectName, subresource: String? = nil) async throws -> [UInt8] {
        let path = try RequestPath.path(
            resource,
            namespace: name.namespace,
            name: name.name,
            subresource: subresource
        )
        return try await answer(APICall(.get, path, action: "get \(resource.groupResource) '\(name)'"))
    }

    /// Creates an object.
    ///
    /// Sent again only when the server certainly did nothing with it. When the answer is lost, the error's code is
    /// ``KubeAPIError/Code/unknownOutcome``.
    package func create(
        _ resource: APIResource,
        namespace: String?,
        body: [UInt8],
        options: WriteOptions = WriteOptions()
    ) async throws -> [UInt8] {
        let place = namespace.map { " in namespace '\($0)'" } ?? ""
        var call = APICall(
            .post,
            try RequestPath.path(resource, namespace: namespace),
            action: "create an object of \(resource.groupResource)\(place)"
        )
        call.query = options.query
        call.contentType = "application/json"
        call.body = body
        call.isIdempotent = options.dryRun
        return try await answer(call)
    }

    /// Replaces an object (PUT).
    ///
    /// Sent again only when the server certainly did nothing with it; see ``KubeAPIError/Code/unknownOutcome``.
    package func replace(
        _ resource: APIResource,
        _ name: ObjectName,
        body: [UInt8],
        subresource: String? = nil,
        options: WriteOptions = WriteOptions()
    ) async throws -> [UInt8] {
        var call = try write(.put, "replace", resource, name, subresource, options)
        call.contentType = "application/json"
        call.body = body
        call.isIdempotent = options.dryRun
        return try await answer(call)
    }

    /// Creates or changes an object by server-side apply.
    ///
    /// - Parameters:
    ///   - body: The fields to own, as JSON, with `apiVersion`, `kind` and name.
    ///   - fieldManager: In whose name.
    ///   - force: Whether fields that others own are taken over; otherwise they are a
    ///     ``KubeAPIError/Code/conflict`` whose causes name them.
    package func apply(
        _ resource: APIResource,
        _ name: ObjectName,
        body: [UInt8],
        fieldManager: String,
        force: Bool = false,
        subresource: String? = nil,
        options: WriteOptions = WriteOptions()
    ) async throws -> [UInt8] {
        var options = options
        options.fieldManager = fieldManager
        var call = try write(.patch, "apply", resource, name, subresource, options)
        if force { call.query.append(("force", "true")) }
        // JSON is YAML.
        call.contentType = "application/apply-patch+yaml"
        call.body = body
        return try await answer(call)
    }

    /// Changes an object by an RFC 7386 merge patch.
    package func mergePatch(
        _ resource: APIResource,
        _ name: ObjectName,
        body: [UInt8],
        subresource: String? = nil,
        options: WriteOptions = WriteOptions()
    ) async throws -> [UInt8] {
        var call = try write(.patch, "patch", resource, name, subresource, options)
        call.contentType = "application/merge-patch+json"
        call.body = body
        return try await answer(call)
    }

    /// Changes an object by an RFC 6902 JSON patch.
    ///
    /// Sent again only when the server certainly did nothing with it; see ``KubeAPIError/Code/unknownOutcome``.
    package func jsonPatch(
        _ resource: APIResource,
        _ name: ObjectName,
        body: [UInt8],
        subresource: String? = nil,
        options: WriteOptions = WriteOptions()
    ) async throws -> [UInt8] {
        var call = try write(.patch, "patch", resource, name, subresource, options)
        call.contentType = "application/json-patch+json"
        call.body = body
        call.isIdempotent = options.dryRun
        return try await answer(call)
    }

    /// Deletes an object.
    ///
    /// It is gone only when its finalizers have run.
    ///
    /// Sent again after a lost answer when ``DeleteOptions/uid`` makes sure that no successor is hit; a second try that
    /// finds nothing is a success with an empty answer.
    ///
    /// - Returns: The object as it is being deleted, or a `Status`.
    @discardableResult
    package func delete(
        _ resource: APIResource,
        _ name: ObjectName,
        options: DeleteOptions = DeleteOptions()
    ) async throws -> [UInt8] {
        var call = APICall(
            .delete,
            try RequestPath.path(resource, namespace: name.namespace, name: name.name),
            action: "delete \(resource.groupResource) '\(name)'"
        )
        call.contentType = "application/json"
        call.body = options.body
        call.isIdempotent = options.uid != nil || options.dryRun
        let attempts = AttemptLog()
        do {
            return try await answer(call, attempts: attempts)
        } catch let error as KubeAPIError where error.code == .notFound && attempts.hasLostAnswer {
            return []
        }
    }

    private func write(
        _ method: APICall.Method,
        _ verb: String,
        _ resource: APIResource,
        _ name: ObjectName,
        _ subresource: String?,
        _ options: WriteOptions
    ) throws -> APICall {
        let path = try RequestPath.path(
            resource,
            namespace: name.namespace,
            name: name.name,
            subresource: subresource
        )
        let part = subresource.map { " (\($0))" } ?? ""
        var call = APICall(method, path, action: "\(verb) \(resource.groupResource) '\(name)'\(part)")
        call.query = options.query
        return call
    }
}

extension WriteOptions {
    fileprivate var query: [(String, String)] {
        var query: [(String, String)] = []
        if let fieldManager { query.append(("fieldManager", fieldManager)) }
        if dryRun { query.append(("dryRun", "All")) }
        if let fieldValidation { query.append(("fieldValidation", fieldValidation.rawValue)) }
        return query
    }
}

extension DeleteOptions {
    fileprivate var body: [UInt8] {
        var object: JSONObject = ["kind": "DeleteOptions", "apiVersion": "v1"]
        var preconditions = JSONObject()
        if let uid { preconditions["uid"] = .string(uid) }
        if let resourceVersion { preconditions["resourceVersion"] = .string(resourceVersion) }
        if !preconditions.isEmpty { object["preconditions"] = .object(preconditions) }
        if let propagationPolicy { object["propagationPolicy"] = .string(propagationPolicy.rawValue) }
        if let gracePeriodInSeconds { object["gracePeriodSeconds"] = .integer(gracePeriodInSeconds) }
        if dryRun { object["dryRun"] = ["All"] }
        return JSONValue.object(object).serialized()
    }
}

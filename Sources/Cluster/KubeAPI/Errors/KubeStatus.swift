import KubernetesModel

/// What an API server says about a request that it did not fulfil: Kubernetes' `Status` object.
package struct KubeStatus: Sendable, Hashable {
    /// One reason of several why an object was refused.
    package struct Cause: Sendable, Hashable {
        /// For example `FieldValueRequired`.
        package var reason: String
        package var message: String
        /// For example `spec.containers[0].image`; may be empty.
        package var field: String
    }

    /// The HTTP status.
    package var httpStatus: Int
    /// For example `AlreadyExists`; empty when the answer was not a `Status` object.
    package var reason = ""
    package var message = ""
    package var causes: [Cause] = []
    package var retryAfterInSeconds: Int?
    /// With an expired continue token: one with which the list goes on, as of a newer revision.
    package var continueToken: String?

    package init(httpStatus: Int) { self.httpStatus = httpStatus }

    /// - Returns: `nil` when `body` is not a `Status` object.
    init?(httpStatus: Int, body: [UInt8]) {
        guard let object = try? KubernetesObject(parsing: body), object.kind == "Status" else { return nil }
        self.httpStatus = httpStatus
        reason = object["reason"]?.text ?? ""
        message = object["message"]?.text ?? ""
        retryAfterInSeconds = object["details", "retryAfterSeconds"]?.integer
        continueToken = object["metadata", "continue"]?.text
        for cause in object["details", "causes"]?.array ?? [] {
            causes.append(
                Cause(
                    reason: cause["reason"]?.text ?? "",
                    message: cause["message"]?.text ?? "",
                    field: cause["field"]?.text ?? ""
                )
            )
        }
    }
}

import KubeAPI

extension KubeAPIError {
    /// Whether it is about the kind and not the object: discovery has shown it, but the server does not serve it, or takes
    /// no objects of it, because its definition is being deleted or has just been made.
    var isOfKind: Bool {
        switch code {
        case .notSupported: status?.httpStatus == 405
        // A namespace that is missing is named.
        case .notFound: !(status?.message.hasPrefix("namespaces ") ?? false)
        default: false
        }
    }

    /// What the server said, or what kept it from answering.
    var reason: String {
        guard let said = status?.message, !said.isEmpty else { return message }
        return said
    }
}

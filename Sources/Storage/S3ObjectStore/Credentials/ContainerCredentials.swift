import HTTPTransport
import HTTPTypes
import ObjectStore

/// The service beside a container that gives out its task's or pod's credentials (ECS, EKS Pod Identity).
struct ContainerCredentials: CredentialsProvider {
    private static let taskHost = "169.254.170.2"

    let context: CredentialsContext

    func find() async throws -> CredentialsSearchResult {
        let url: String
        if let path = context["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://\(Self.taskHost)\(path.hasPrefix("/") ? path : "/" + path)"
        } else if let full = context["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            url = full
        } else {
            return .notSetUp("the container's credentials (AWS_CONTAINER_CREDENTIALS_FULL_URI is not set)")
        }
        guard Self.mayReceiveToken(url) else {
            throw ObjectStoreError(
                .accessDenied,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to '\(SplitURL(url).authority)', which is neither https nor on "
                    + "this machine. Use an https address."
            )
        }
        var request = HTTPClientRequest(url: url, fields: [.accept: "application/json"])
        request.fields[.authorization] = try token()
        request.deadlines = .metadataService(.seconds(2))
        let source = "the container's credential service at '\(SplitURL(url).authority)'"
        let response = try await context.ask(context.localHTTP, request, source)
        guard response.status == 200 else {
            throw ObjectStoreError(.accessDenied, "\(source) answered with status \(response.status).")
        }
        return .found(try CredentialsDocument(response.body, from: source).credentials(from: source))
    }

    private func token() throws -> String? {
        let token =
            if let file = context["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
                try context.readText(file, what: "the container's authorization token")
            } else {
                context["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
            }
        guard let token else { return nil }
        guard token.utf8.allSatisfy({ $0 >= 32 && $0 < 127 }) else {
            throw ObjectStoreError(.accessDenied, "The container's authorization token is not one line of ASCII.")
        }
        return token
    }

    /// Over plain HTTP the token goes to this machine and to the addresses that AWS reserved for this, nowhere else.
    static func mayReceiveToken(_ url: String) -> Bool {
        let split = SplitURL(url)
        guard !split.authority.contains("@") else { return false }
        if split.scheme == "https" { return true }
        guard split.scheme == "http" else { return false }
        let host =
            split.authority.hasPrefix("[")
            ? split.authority.dropFirst().prefix { $0 != "]" } : split.authority.prefix { $0 != ":" }
        switch host {
        case "localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23": return true
        default:
            let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
            return numbers.count == 4 && numbers.first == 127 && !numbers.contains(nil)
        }
    }
}

extension HTTPDeadlines {
    /// For services on or beside this machine: either they answer at once or they are not there.
    static func metadataService(_ limit: Duration) -> HTTPDeadlines {
        var deadlines = HTTPDeadlines()
        deadlines.connect = limit
        deadlines.firstByte = limit
        deadlines.stall = limit
        return deadlines
    }
}

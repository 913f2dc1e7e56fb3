/// An error as etcd's gateway writes it: the gRPC status behind it, and its text.
struct GatewayFailure: Sendable, Hashable, CustomStringConvertible {
    var message = ""
    var grpcCode: Int?

    var code: EtcdError.Code {
        switch grpcCode {
        case 7, 16: .accessDenied
        // What the maintenance service refuses comes as code 2 in etcd 3.4, and other missing names as code 3.
        case 2 where isAboutAccess, 3 where isAboutAccess: .accessDenied
        case 1, 4, 8, 14: .unavailable
        default: .refused
        }
    }

    private var isAboutAccess: Bool {
        message.contains("permission denied") || message.contains("user name is empty")
    }

    var description: String {
        let text = message.isEmpty ? "an error without a message" : "'\(message)'"
        guard let grpcCode else { return text }
        return "\(text) (gRPC code \(grpcCode))"
    }
}

/// An error as etcd's gateway writes it: the gRPC status behind it, and its text.
struct GatewayFailure: Sendable, Hashable, CustomStringConvertible {
    var message = ""
    var grpcCode: Int?

    var code: EtcdError.Code {
        switch grpcCode {
        case 7, 16: .accessDenied
        case 3 where message.contains("user name"): .accessDenied
        case 1, 4, 8, 14: .unavailable
        default: .refused
        }
    }

    var description: String {
        let text = message.isEmpty ? "an error without a message" : "'\(message)'"
        guard let grpcCode else { return text }
        return "\(text) (gRPC code \(grpcCode))"
    }
}

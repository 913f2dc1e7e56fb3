import CCurl

extension CurlEasyTransfer {
    /// What libcurl's result means, with its own words in it.
    func transportError(_ result: CURLcode, detail: String) -> HTTPTransportError {
        if result == CURLE_OPERATION_TIMEDOUT {
            return overdueError(deadlines.isConnected ? .stall : .connect)
        }
        let (code, remedy) = Self.meaning(of: result, detail: detail, isConnected: deadlines.isConnected)
        let words = detail.hasSuffix(".") ? detail : "\(detail)."
        var message = "\(request.description) \(Self.phrase(code)): \(words) \(remedy)"
        if code == .connectionLost, request.url.scheme == "https", !deadlines.isAnswered {
            // With TLS 1.3, the server's reset may overtake its reason.
            message += " If it happens every time, check whether the server asks for a client certificate."
        }
        return HTTPTransportError(
            code,
            message,
            isProvablyUnapplied: !deadlines.isConnected
        )
    }

    func overdueError(_ kind: TransferDeadlines.Kind) -> HTTPTransportError {
        let limit = deadlines.limit(kind).map { " within \($0)" } ?? ""
        let what =
            switch kind {
            case .connect: "no connection\(limit) (connect deadline). Check that the server runs and can be reached"
            case .firstByte: "no answer\(limit) (first-byte deadline). The server may be overloaded; try again later"
            case .stall: "not one byte moved\(limit) (stall deadline). Check the network, or try again later"
            case .total: "not finished\(limit) (total deadline). Try again later, or allow more time"
            }
        return HTTPTransportError(
            .timedOut,
            "\(request.description) timed out: \(what).",
            isProvablyUnapplied: !deadlines.isConnected
        )
    }

    func headError(_ failure: ResponseHeadParser.Failure) -> HTTPTransportError {
        let what =
            switch failure {
            case .notHTTP: "its head is not one of HTTP"
            case .tooLarge:
                "its head has more than \(ResponseHeadParser.maximumSize) bytes or "
                    + "\(ResponseHeadParser.maximumFieldCount) fields"
            }
        return HTTPTransportError(
            .protocolError,
            "\(request.description) got an answer that cannot be used: \(what). Check that the address is right."
        )
    }

    func bodyTooShort(of length: Int) -> HTTPTransportError {
        HTTPTransportError(
            .requestBodyFailed,
            "The body of \(request.description) could not be provided: it ended after \(sentBytes) of \(length) bytes."
        )
    }

    private static func phrase(_ code: HTTPTransportError.Code) -> String {
        switch code {
        case .invalidRequest: "cannot be requested"
        case .nameNotResolved, .connectFailed: "could not connect"
        case .tlsFailed, .clientCertificateRefused: "could not make a secure connection"
        case .timedOut: "timed out"
        case .connectionLost: "lost its connection"
        case .protocolError, .responseTooLarge: "got an answer that cannot be used"
        case .requestBodyFailed: "could not be sent"
        }
    }

    private static func meaning(
        of result: CURLcode,
        detail: String,
        isConnected: Bool
    ) -> (HTTPTransportError.Code, remedy: String) {
        let reach = "Check that the server runs and can be reached from here."
        let later = "The server or something on the way closed it; try again."
        let refused = "Check the client certificate: the server refused it, or asks for one."
        let address = "Check that the address is that of the right server."
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return (.nameNotResolved, "Check the host's name and the settings of the name service.")
        case CURLE_COULDNT_CONNECT, CURLE_PROXY:
            return (.connectFailed, reach)
        case CURLE_SSL_CONNECT_ERROR where isBroken(handshake: detail):
            return (.connectFailed, reach)
        case CURLE_PEER_FAILED_VERIFICATION where detail.contains("expired") || detail.contains("not yet valid"):
            return (.tlsFailed, "Check this machine's clock, then the dates of the server's certificate.")
        case CURLE_PEER_FAILED_VERIFICATION:
            return (.tlsFailed, "Check the CA certificate and the server's name.")
        case CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE:
            return (.tlsFailed, "Check the CA certificate that was configured.")
        case CURLE_SSL_CERTPROBLEM:
            return (.tlsFailed, "Check the client certificate and its key, which must be PEM without a passphrase.")
        case CURLE_SSL_CONNECT_ERROR where detail.contains("alert") && detail.contains("certificate"):
            return (.clientCertificateRefused, refused)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            return (.tlsFailed, "Check that the port speaks TLS 1.2 or newer, and whether it asks for a certificate.")
        case CURLE_RECV_ERROR where detail.contains("alert"), CURLE_SEND_ERROR where detail.contains("alert"):
            // With TLS 1.3, a server refuses the client's certificate after the handshake is over for the client.
            return (.clientCertificateRefused, refused)
        case CURLE_RECV_ERROR where detail.contains("chunked-encoding"):
            return (.protocolError, address)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_SEND_FAIL_REWIND,
            CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SSL_SHUTDOWN_FAILED, CURLE_AGAIN:
            return isConnected ? (.connectionLost, later) : (.connectFailed, reach)
        case CURLE_URL_MALFORMAT,
            CURLE_UNSUPPORTED_PROTOCOL where !isConnected:
            return (.invalidRequest, "Check the address and the settings of the client.")
        case CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
            return (.invalidRequest, "Check the settings of the client, and that libcurl is the system's own.")
        case CURLE_OUT_OF_MEMORY where isConnected:
            // Said of a header field that is longer than libcurl accepts.
            return (.protocolError, address)
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT:
            return (.connectFailed, "Check the limits on memory.")
        case CURLE_READ_ERROR, CURLE_ABORTED_BY_CALLBACK:
            return (.requestBodyFailed, "Try again.")
        default:
            return (.protocolError, address)
        }
    }

    /// Whether a handshake ended because the connection did, and not because one side refused the other.
    ///
    /// A server that restarts behaves so. libcurl has one result for both; only its text tells.
    private static func isBroken(handshake detail: String) -> Bool {
        !detail.contains("error:") || detail.contains("unexpected eof")
    }
}

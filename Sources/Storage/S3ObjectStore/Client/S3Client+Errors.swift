import HTTPTransport
import ObjectStore

extension S3Client {
    /// Explains an answer to an operator.
    ///
    /// - Parameter subject: What was to be done: `reading 'packs/00/a'`.
    func explain(_ response: S3ErrorResponse, _ subject: String) -> ObjectStoreError {
        let said = describe(response)
        let bucket = configuration.bucket
        if response.isWrongRegion { return wrongRegion(response) }
        switch response.code {
        case "NoSuchBucket":
            return ObjectStoreError(.locationNotFound, "There is no bucket '\(bucket)' at \(server). Create it first.")
        case "NoSuchKey":
            return ObjectStoreError(.notFound, "There is nothing to be had in '\(location)' when \(subject).")
        case "NoSuchUpload":
            return ObjectStoreError(
                .unavailable,
                "The upload was ended by somebody else when \(subject) in '\(location)' (\(said)). Try again."
            )
        case "ConditionalRequestConflict", "PreconditionFailed":
            return ObjectStoreError(
                .conflict,
                "Somebody else was writing at the same time when \(subject) in '\(location)' (\(said)). Try again."
            )
        case "InvalidAccessKeyId", "SignatureDoesNotMatch":
            return ObjectStoreError(
                .accessDenied,
                "\(server) does not accept the \(credentialsDescription) for '\(location)' (\(said)). Check access key "
                    + "and secret."
            )
        case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken":
            return ObjectStoreError(
                .accessDenied,
                "The session of the \(credentialsDescription) is over or unknown to \(server) (\(said)). Sign in again."
            )
        case "RequestTimeTooSkewed", "RequestExpired":
            return ObjectStoreError(
                .misconfigured,
                "This machine's clock says \(Timestamp(now()).readable), that of \(server) says "
                    + "\(response.serverTime?.readable ?? "something else"). Set the clock, for example with NTP."
            )
        case "AccessDenied", "AllAccessDisabled", "AccountProblem":
            return notAllowed(subject, said)
        case "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull":
            return full(subject, said)
        case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch":
            return ObjectStoreError(
                .corrupted,
                "Bytes arrived damaged at \(server) when \(subject) in '\(location)' (\(said)). "
                    + "Check this machine's memory and the network."
            )
        default:
            break
        }
        switch response.status {
        case 401, 403:
            return notAllowed(subject, said)
        case 404:
            return ObjectStoreError(
                .locationNotFound,
                "\(server) knows nothing of '\(location)' when \(subject) (\(said)). Check bucket and endpoint."
            )
        case 409, 412:
            return ObjectStoreError(.conflict, "There was a conflict when \(subject) in '\(location)' (\(said)).")
        case 507:
            return full(subject, said)
        default:
            break
        }
        if response.isTransient(retryPolicy) {
            return ObjectStoreError(
                .unavailable,
                "\(server) failed again and again when \(subject) in '\(location)' (\(said)). Try again later."
            )
        }
        return ObjectStoreError(.refused, "\(server) refused when \(subject) in '\(location)' (\(said)).")
    }

    /// Explains why there was no answer.
    func explain(_ error: HTTPTransportError, _ subject: String) -> ObjectStoreError {
        let message = "There was no answer from \(server) when \(subject) in '\(location)': \(error.message)"
        return switch error.code {
        case .tlsFailed, .clientCertificateRefused:
            ObjectStoreError(
                .misconfigured,
                message + " If the server's certificate comes from an authority of your own, trust it with 'ca-bundle' "
                    + "of the location, --ca-bundle of 'kbackup location add' or KBACKUP_CA_BUNDLE."
            )
        case .protocolError:
            ObjectStoreError(.misconfigured, message + " Check that the endpoint's scheme and port are an S3 server's.")
        case .invalidRequest:
            ObjectStoreError(.misconfigured, message)
        case .responseTooLarge:
            ObjectStoreError(.corrupted, message)
        case .requestBodyFailed:
            ObjectStoreError(.refused, message)
        case .nameNotResolved, .connectFailed, .timedOut, .connectionLost:
            ObjectStoreError(.unavailable, message)
        }
    }

    private func wrongRegion(_ response: S3ErrorResponse) -> ObjectStoreError {
        let asked = region.current
        guard let region = response.region, region != asked else {
            return ObjectStoreError(
                .misconfigured,
                "The bucket '\(configuration.bucket)' is not at \(server) in region '\(asked)' (\(describe(response))). "
                    + "Check region and endpoint."
            )
        }
        return ObjectStoreError(
            .misconfigured,
            "The bucket '\(configuration.bucket)' is in region '\(region)', not in '\(asked)'. Set the region to '\(region)'."
        )
    }

    private func notAllowed(_ subject: String, _ said: String) -> ObjectStoreError {
        ObjectStoreError(
            .accessDenied,
            "\(server) does not allow \(subject) in '\(location)' with the \(credentialsDescription) (\(said)). "
                + "Check the rights of its owner."
        )
    }

    private func full(_ subject: String, _ said: String) -> ObjectStoreError {
        ObjectStoreError(
            .full,
            "\(server) has no room left for \(subject) in '\(location)' (\(said)). Make room, or remove old backups."
        )
    }

    private func describe(_ response: S3ErrorResponse) -> String {
        var parts = ["\(response.status) \(response.code)".trimmingSpaces]
        // Servers may say anything; an operator's terminal gets one short line of it.
        let message = String(response.message.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }.prefix(200))
        if !message.isEmpty { parts.append(message) }
        if let id = response.requestID { parts.append("request \(id.prefix(64))") }
        return parts.joined(separator: ", ")
    }
}

extension String {
    fileprivate init(_ scalars: some Sequence<Unicode.Scalar>) {
        self.init()
        unicodeScalars.append(contentsOf: scalars)
    }

    fileprivate var trimmingSpaces: String { split(separator: " ").joined(separator: " ") }
}

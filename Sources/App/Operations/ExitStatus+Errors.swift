import BackupEngine
import Etcd
import HTTPTransport
import KubeAPI
import KubernetesModel
import ObjectStore
import Repository
import RestoreEngine

extension ExitStatus {
    /// The status for an error of any module.
    ///
    /// What no module knows is a failure.
    package init(of error: any Error) {
        self =
            switch error {
            case let error as OperationError: Self.of(error.code)
            case let error as RepositoryError: Self.of(error.code)
            case let error as UncopiedBackupError: error.code == .nameTaken ? .conflict : .failed
            case let error as ObjectStoreError: Self.of(error.code)
            case let error as KubeAPIError: Self.of(error.code)
            case let error as EtcdError: Self.of(error.code)
            case let error as BackupEngineError: Self.of(error.code)
            case let error as RestoreError: Self.of(error.code)
            case is LabelSelectorError: .usage
            case is CancellationError: .interrupted
            default: .failed
            }
    }

    static func of(_ code: OperationError.Code) -> ExitStatus {
        switch code {
        case .usage: .usage
        case .notFound: .notFound
        case .conflict: .conflict
        case .accessDenied: .accessDenied
        case .partial: .partial
        case .failed: .failed
        case .interrupted: .interrupted
        }
    }

    static func of(_ code: RepositoryError.Code) -> ExitStatus {
        switch code {
        case .notFound, .backupNotFound, .slotNotFound: .notFound
        case .alreadyExists, .nameTaken, .otherFormat, .slotRefused: .conflict
        case .wrongKey: .accessDenied
        case .damaged, .outOfLimits: .failed
        }
    }

    static func of(_ code: ObjectStoreError.Code) -> ExitStatus {
        switch code {
        case .notFound, .locationNotFound: .notFound
        case .conflict: .conflict
        case .accessDenied, .locked: .accessDenied
        case .misconfigured, .unavailable, .full, .corrupted, .conditionsUnsupported, .refused: .failed
        }
    }

    static func of(_ code: KubeAPIError.Code) -> ExitStatus {
        switch code {
        case .notFound: .notFound
        case .alreadyExists, .conflict: .conflict
        case .forbidden, .unauthorized, .credentials: .accessDenied
        case .configuration: .usage
        case .invalid, .badRequest, .notSupported, .expired, .tooManyRequests, .tooLarge, .unavailable, .serverError,
            .timeout, .unreachable, .tlsFailed, .notKubernetes, .interrupted, .unknownOutcome, .malformedAnswer:
            .failed
        }
    }

    static func of(_ code: EtcdError.Code) -> ExitStatus {
        switch code {
        case .invalidConfiguration: .usage
        case .accessDenied: .accessDenied
        case .unavailable, .tlsFailed, .notEtcd, .unsupportedVersion, .refused, .protocolError, .truncated, .corrupted:
            .failed
        }
    }

    static func of(_ code: BackupEngineError.Code) -> ExitStatus {
        switch code {
        case .notFound: .notFound
        case .invalidSpec: .usage
        }
    }

    static func of(_ code: RestoreError.Code) -> ExitStatus {
        switch code {
        case .notFound: .notFound
        case .invalidSpec: .usage
        }
    }
}

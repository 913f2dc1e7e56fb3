import Foundation
import Repository
import RestoreEngine

extension RestoreReport {
    /// How far a machine's clock may be from another's.
    private static let clockTolerance: TimeInterval = 120

    var snapshotName: SnapshotName { SnapshotName(cluster: targetCluster, name: name) }

    /// The report of a restore that is in progress as the report of one that was interrupted, where its process is gone.
    ///
    /// A process that was killed, or whose machine stopped, could not write its last report.
    ///
    /// - Parameters:
    ///   - process: What this machine knows about the process that wrote the report.
    ///   - now: Decides where this machine knows nothing: a running restore reports on time.
    func seen(_ process: RestoreMark.State, at now: Date) -> RestoreReport {
        guard phase == .inProgress else { return self }
        let isGone: Bool
        switch process {
        case .running: isGone = false
        case .ended: isGone = true
        case .unknown: isGone = nextReportBy.map { now > $0.addingTimeInterval(Self.clockTolerance) } ?? true
        }
        guard isGone else { return self }
        var report = self
        report.phase = .interrupted
        report.message = "Its process ended without a last word: it may have done more than was reported."
        return report
    }
}

import Concurrency
import Foundation
import Repository
import RestoreEngine

/// Keeps the reports of a running restore in the repository: one when it begins, some on its way, one when it ends.
///
/// However the process ends, something is known of the restore, and it can be gone on with.
actor RestoreJournal {
    /// How long a report may take to be written when the work is over, in any way.
    private static let patience = Duration.seconds(30)

    private let records: RestoreRecords
    private let session: RestoreSession
    private let now: @Sendable () -> Date
    private let warn: @Sendable (String) -> Void
    private let run: String
    private let mark: RestoreMark?
    /// The pause before the first report on the way, in seconds; later ones are a quarter of the time that has passed.
    private let shortestPause: TimeInterval
    /// Of the last report that is known.
    private var number: Int

    /// Claims the name of a restore, or goes on with the restore of that name when it was cut off.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/conflict`` when the name is taken; the errors of the
    ///   repository when it cannot be read.
    static func begin(
        _ session: RestoreSession,
        _ records: RestoreRecords,
        shortestPause: TimeInterval = 30
    ) async throws -> RestoreJournal {
        let report = session.report()
        let last = try await records.last(of: report.snapshotName)
        if let last = last?.report {
            try checkResumable(last, by: report, in: records.access.location.name)
            records.access.context.notify(
                .information("Restore '\(report.name)' was cut off before it was through. It is gone on with.")
            )
        }
        let journal = RestoreJournal(session, records, shortestPause, number: last?.number ?? 0)
        try await journal.writeFirst()
        return journal
    }

    private init(_ session: RestoreSession, _ records: RestoreRecords, _ shortestPause: TimeInterval, number: Int) {
        self.session = session
        self.shortestPause = shortestPause
        self.records = records
        self.number = number
        let context = records.access.context
        now = context.now
        warn = { context.notify(.warning($0)) }
        run = UUID().uuidString
        var report = session.report()
        report.run = run
        mark = RestoreMark.set(for: report, in: records.repository, folders: context.folders)
    }

    private static func checkResumable(_ last: RestoreReport, by new: RestoreReport, in location: String) throws {
        func conflict(_ why: String) -> OperationError {
            OperationError(.conflict, "There is a restore '\(new.name)' already in location '\(location)'\(why)")
        }
        switch last.phase {
        case .completed, .partiallyFailed: throw conflict(". Choose another name.")
        case .inProgress: throw conflict(", and it is running. Wait for its end, or choose another name.")
        case .interrupted, .failed:
            guard last.backup == new.backup, last.backupCluster == new.backupCluster, last.spec == new.spec else {
                throw conflict(
                    ". It was cut off, but cannot be gone on with: it is of another backup or other objects. Choose another "
                        + "name."
                )
            }
        }
    }

    // MARK: - Reports

    private func writeFirst() async throws {
        do {
            try await write(runningReport())
        } catch let error as RepositoryError where error.code == .nameTaken {
            mark?.remove()
            throw OperationError(
                .conflict,
                "Another process has just begun restore '\(session.name)'. Wait for its end, or choose another name."
            )
        } catch {
            try Task.checkCancellation()
            // A bucket that can only be read is enough to restore from.
            warn("The restore's report cannot be stored: if it is cut off, nothing will be known of it. \(error)")
        }
    }

    /// Runs `body`, and writes reports meanwhile.
    ///
    /// - Throws: The errors of `body`; ``OperationError`` with code ``OperationError/Code/conflict`` when another process
    ///   has gone on with the restore: then `body` is cancelled, for two must not restore the same.
    nonisolated func keep(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.writeOnTheWay() }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            // Reports are written until something ends: it is the body that does, or the journal is not ours any more.
            try await group.next()
        }
    }

    private func writeOnTheWay() async throws {
        while true {
            try await Task.sleep(for: .seconds(pause))
            do {
                try await write(runningReport())
            } catch let error as RepositoryError where error.code == .nameTaken {
                throw takenOver()
            } catch {
                // The restore goes on without it; the next report, or the last one, may work.
                continue
            }
        }
    }

    /// Writes the last report.
    ///
    /// - Throws: ``OperationError`` with code ``OperationError/Code/conflict`` when another process has gone on with the
    ///   restore.
    func end(_ report: RestoreReport) async throws {
        do {
            try await write(report)
        } catch let error as RepositoryError where error.code == .nameTaken {
            throw takenOver()
        } catch is CancellationError {
            throw OperationError(.failed, "The location did not take it within \(Self.patience).")
        }
        mark?.remove()
    }

    private func takenOver() -> OperationError {
        mark?.remove()
        return OperationError(
            .conflict,
            "Another process has gone on with restore '\(session.name)': it took this one for cut off. This one has ended; "
                + "'kbackup restore describe \(session.name)' tells of the other."
        )
    }

    private var pause: TimeInterval { max(shortestPause, now().timeIntervalSince(session.startedAt) / 4) }

    private func runningReport() -> RestoreReport {
        var report = session.report()
        report.nextReportBy = now().addingTimeInterval(2 * pause)
        return report
    }

    /// Writes a report, also when the restore was cancelled.
    private func write(_ report: RestoreReport) async throws {
        var report = report
        report.run = run
        let (records, next, stamped) = (records, number + 1, report)
        number = try await uncancelled(within: Self.patience) {
            do {
                try await records.write(stamped, number: next)
                return next
            } catch let error as RepositoryError where error.code == .nameTaken {
                // An earlier write of ours that seemed to fail was done after all, or another process goes on with it.
                guard let last = try await records.last(of: stamped.snapshotName), last.report.run == stamped.run else {
                    throw error
                }
                try await records.write(stamped, number: last.number + 1)
                return last.number + 1
            }
        }
    }
}

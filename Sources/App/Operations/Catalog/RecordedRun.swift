import Catalog
import Foundation

extension Settings {
    /// Runs `body`, and records in the catalog that it ran and how it ended; when it failed, too.
    ///
    /// - Parameters:
    ///   - command: `create`, `restore create`, …
    ///   - name: What it is about.
    ///   - outcome: Says in a word what became of it.
    func recordedRun<Result: Sendable>(
        _ command: String,
        name: String,
        outcome: (Result) -> String,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let catalog = CatalogSession(context)
        var run = RunRecord(id: UUID().uuidString, command: command, name: name, startedAt: context.now())
        let begun = run
        await catalog.use { catalog throws(CatalogError) in try await catalog.record(begun) }
        do {
            let result = try await body()
            run.outcome = outcome(result)
            await record(run, .complete, in: catalog)
            return result
        } catch {
            let status = Task.isCancelled ? ExitStatus.interrupted : ExitStatus(of: error)
            run.outcome = status == .interrupted ? "Interrupted" : "Failed"
            run.message = ErrorMessage.text(of: error)
            await record(run, status, in: catalog)
            throw error
        }
    }

    private func record(_ run: RunRecord, _ status: ExitStatus, in catalog: CatalogSession) async {
        var run = run
        run.finishedAt = context.now()
        run.exitCode = Int(run.outcome == "PartiallyFailed" ? ExitStatus.partial.rawValue : status.rawValue)
        let ended = run
        await catalog.use { catalog throws(CatalogError) in try await catalog.record(ended) }
    }
}

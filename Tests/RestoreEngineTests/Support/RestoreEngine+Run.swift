import RestoreEngine

extension RestoreEngine {
    /// Runs one restore, from its beginning to its end.
    func run(name: String, targetCluster: String, spec: RestoreSpec, program: String) async throws -> RestoreReport {
        let session = try await begin(name: name, targetCluster: targetCluster, spec: spec, program: program)
        try await session.run()
        return session.finalReport()
    }
}

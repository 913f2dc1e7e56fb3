import KubernetesModel
import Subprocess
import SystemPackage

extension ExecCredentialPlugin {
    private static let outputLimit = 1 << 20

    /// Runs the program and reads its answer.
    ///
    /// - Throws: ``KubeAPIError`` with ``KubeAPIError/Code/credentials``; `CancellationError`.
    func run() async throws -> ExecCredential {
        if interactiveMode == .always && !isInteractive {
            throw problem("needs a terminal to ask the user at, and there is none. Run it once at a terminal")
        }
        let output = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try await execute() }
            group.addTask {
                try await Task.sleep(for: timeLimit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let output else { throw problem("did not answer within \(timeLimit)") }
        return try ExecCredential(output, from: self)
    }

    private func execute() async throws -> [UInt8] {
        let executable: Executable =
            command.utf8.contains(UInt8(ascii: "/")) ? .path(FilePath(command)) : .name(command)
        var configuration = Configuration(
            executable: executable,
            arguments: Arguments(arguments),
            environment: .custom(processEnvironment)
        )
        // What it starts ends with it. At a terminal it must stay in our process group, or it could not read from there.
        if !usesTerminal { configuration.platformOptions.processGroupID = 0 }
        configuration.platformOptions.teardownSequence = [
            .gracefulShutDown(toProcessGroup: !usesTerminal, allowedDurationToNextStep: .seconds(2))
        ]
        do {
            if usesTerminal {
                // What it asks and says while it waits must be seen.
                let result = try await Subprocess.run(
                    configuration,
                    input: .currentStandardInput,
                    output: .bytes(limit: Self.outputLimit),
                    error: .currentStandardError
                )
                return try checked(result.standardOutput, result.terminationStatus, complaint: "")
            }
            let result = try await Subprocess.run(
                configuration,
                input: .none,
                output: .bytes(limit: Self.outputLimit),
                error: .string(limit: Self.outputLimit)
            )
            return try checked(result.standardOutput, result.terminationStatus, complaint: result.standardError)
        } catch let error as SubprocessError {
            switch error.code {
            case .executableNotFound:
                let hint = installHint.map { " \($0.trimmed)" } ?? " Install it, or check the name in the kubeconfig."
                throw KubeAPIError(.credentials, "Credential plugin '\(command)' (\(source)) is not installed.\(hint)")
            case .outputLimitExceeded: throw problem("printed too much")
            default: throw problem("could not be run: \(error)")
            }
        }
    }

    private var usesTerminal: Bool { isInteractive && interactiveMode != .never }

    private func checked(_ output: [UInt8], _ status: TerminationStatus, complaint: String) throws -> [UInt8] {
        guard !status.isSuccess else { return output }
        let lines = complaint.split(whereSeparator: \.isNewline).suffix(3).joined(separator: " ")
        throw problem("failed (\(status))\(lines.isEmpty ? "" : ": \(lines.prefix(500))")")
    }

    private func problem(_ what: String) -> KubeAPIError {
        KubeAPIError(.credentials, "Credential plugin '\(command)' (\(source)) \(what).")
    }

    /// Our own variables hold secrets that are no business of a plugin's: a passphrase, a password of etcd.
    private var processEnvironment: [Environment.Key: String] {
        var values = environment.filter { !$0.key.hasPrefix("KBACKUP_") }.mapValues(\.text)
        for variable in variables { values[variable.name] = variable.value.text }
        values["KUBERNETES_EXEC_INFO"] = String(decoding: execInfo, as: UTF8.self)
        var result: [Environment.Key: String] = [:]
        for (name, value) in values {
            if let key = Environment.Key(rawValue: name) { result[key] = value }
        }
        return result
    }

    /// What the plugin is told, by the contract of `client.authentication.k8s.io`.
    private var execInfo: [UInt8] {
        var spec: JSONObject = ["interactive": .bool(usesTerminal)]
        if let clusterInfo, let cluster = try? JSONValue(parsing: clusterInfo) { spec["cluster"] = cluster }
        return JSONValue.object([
            "apiVersion": .string(apiVersion), "kind": "ExecCredential", "spec": .object(spec),
        ]).serialized()
    }
}

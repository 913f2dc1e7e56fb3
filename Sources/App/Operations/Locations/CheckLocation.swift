import Foundation
import ObjectStore
import Repository
import S3ObjectStore

/// Tries whether a location can do what backups need, step by step.
package struct CheckLocation: Sendable {
    /// One thing that was tried.
    package struct Step: Encodable, Sendable, Equatable {
        package enum Result: String, Encodable, Sendable {
            case passed
            case warning
            case failed
            /// Not tried, because of a step before.
            case skipped
        }

        package var name: String
        package var result: Result
        package var message: String
    }

    /// What was found.
    package struct Report: Encodable, Sendable, Equatable {
        package var kind = "LocationCheck"
        package var location: String
        package var url: String
        package var steps: [Step]
        /// With what the program ends: that of the first step that failed.
        package var status: ExitStatus

        private enum CodingKeys: String, CodingKey { case kind, location, url, steps }
    }

    let settings: Settings
    let name: String?

    /// - Parameter name: `nil` checks the location that would be used.
    package init(_ name: String?, settings: Settings) {
        self.name = name
        self.settings = settings
    }

    /// - Throws: ``OperationError`` when the location cannot even be tried.
    package func run() async throws -> Report {
        let location = try name.map(settings.location(named:)) ?? settings.location()
        let access = try LocationAccess(location: location, context: settings.context)
        let trial = Trial(access: access, now: settings.context.now)
        return await trial.run()
    }
}

/// The steps of a check, and what is known after each.
private struct Trial {
    let access: LocationAccess
    let now: @Sendable () -> Date
    /// In a folder of the repository, so that a probe that is left over is not taken for somebody else's data.
    private let probe = ObjectKey("logs/probe-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))")
    private var steps: [CheckLocation.Step] = []
    private var status = ExitStatus.complete

    init(access: LocationAccess, now: @escaping @Sendable () -> Date) {
        self.access = access
        self.now = now
    }

    consuming func run() async -> CheckLocation.Report {
        var trial = self
        await trial.tryAll()
        return CheckLocation.Report(
            location: trial.access.location.name,
            url: trial.access.location.urlText,
            steps: trial.steps,
            status: trial.status
        )
    }

    private mutating func tryAll() async {
        let names = ["write", "read", "conditional write", "clock", "delete", "object lock", "key"]
        let isMadeOnFirstUse = access.location.origin.isMadeOnFirstUse
        if isMadeOnFirstUse, await access.isFolderToBeMade() {
            add("reach", .passed, "Nobody has used it yet: the first backup makes the folder and the repository.")
            steps += names.map { CheckLocation.Step(name: $0, result: .skipped, message: "Not tried.") }
            return
        }
        guard
            let store = await step(
                "reach",
                { access in
                    let store = try access.probedStore()
                    _ = try await store.stat(Repository.rootKey)
                    let isBucket = if case .s3 = access.location.url { true } else { false }
                    let found = isBucket ? "answers, and takes the credentials" : "is there"
                    return (store, "'\(store.location)' \(found).")
                }
            )
        else {
            steps += names.map { CheckLocation.Step(name: $0, result: .skipped, message: "Not tried.") }
            return
        }
        let bytes = Array("kbackup location check\n".utf8)
        let probe = probe
        let isWritten: Void? = await step("write") { _ in
            try await store.put(bytes, at: probe, if: .absent)
            return ((), "A small object was written.")
        }
        if isWritten != nil {
            _ = await step("read") { _ in
                guard try await store.get(probe, limit: 1 << 10) == bytes else {
                    throw OperationError(.failed, "The object came back with other bytes. Do not use this location.")
                }
                return ((), "It came back unchanged.")
            }
            await tryCondition(store, bytes)
            await tryClock(store)
            _ = await step("delete") { _ in
                try await store.delete([probe])
                guard try await store.stat(probe) == nil else {
                    throw OperationError(.failed, "The object is still there after it was deleted.")
                }
                return ((), "It was deleted.")
            }
        } else {
            steps += names[1..<(names.count - 2)].map {
                CheckLocation.Step(name: $0, result: .skipped, message: "Not tried.")
            }
        }
        _ = await step("object lock") { access in
            guard let retention = access.store.retention else { return ((), "Objects are not kept from deletion.") }
            try await access.bareBucket()?.checkObjectLock()
            let period = access.location.text(.retain) ?? ""
            return ((), "The bucket keeps what is written from deletion for \(period) (\(retention.mode.rawValue)).")
        }
        _ = await step("key") { access in
            if isMadeOnFirstUse, try await !access.exists() {
                try await Repository.checkIsFree(access.store)
                return ((), "There is no repository yet. It is made by the first backup.")
            }
            let repository = try await access.open(cached: false)
            return ((), "The key opens repository \(repository.id).")
        }
    }

    private mutating func tryCondition(_ store: any ObjectStore, _ bytes: [UInt8]) async {
        do {
            do {
                try await store.put(bytes + bytes, at: probe, if: .absent)
            } catch let error as ObjectStoreError where error.code == .conflict {
                try await passCondition()
                return
            }
            throw OperationError(
                .failed,
                "The store replaced an object that it was asked not to replace: two backups of one name would damage each "
                    + "other. Set 'conditional-writes: false' for the location: then kbackup looks before it writes, and "
                    + "again afterwards."
            )
        } catch {
            fail("conditional write", error)
        }
    }

    /// A second write was refused: by the store, or by our looking first where that is what is set.
    private mutating func passCondition() async throws {
        guard access.location.boolean(.conditionalWrites) == false, let bucket = try access.bareBucket() else {
            add("conditional write", .passed, "A second write under the same name was refused, as it must be.")
            return
        }
        switch try await ConditionalWrites(of: bucket) {
        case .known:
            add(
                "conditional write",
                .warning,
                "The server knows conditional writes. Remove 'conditional-writes: false', and use them."
            )
        case .ignored, .refused:
            add(
                "conditional write",
                .warning,
                "The server does not know conditional writes. \(ConditionalWrites.caution)"
            )
        }
    }

    private mutating func tryClock(_ store: any ObjectStore) async {
        do {
            guard let written = try await store.stat(probe) else { return }
            let skew = now().timeIntervalSince1970 - written.modifiedAt
            let seconds = Int(skew.rounded())
            if abs(seconds) <= 60 {
                add("clock", .passed, "The store's clock and this machine's agree to a minute.")
            } else {
                let direction = seconds > 0 ? "ahead of" : "behind"
                add(
                    "clock",
                    .warning,
                    "This machine's clock is \(abs(seconds)) s \(direction) the store's. Set it, for example with NTP."
                )
            }
        } catch {
            fail("clock", error)
        }
    }

    private mutating func step<Value: Sendable>(
        _ name: String,
        _ body: (LocationAccess) async throws -> (Value, String)
    ) async -> Value? {
        do {
            let (value, message) = try await body(access)
            add(name, .passed, message)
            return value
        } catch {
            fail(name, error)
            return nil
        }
    }

    private mutating func add(_ name: String, _ result: CheckLocation.Step.Result, _ message: String) {
        steps.append(CheckLocation.Step(name: name, result: result, message: message))
    }

    private mutating func fail(_ name: String, _ error: any Error) {
        add(name, .failed, ErrorMessage.text(of: error))
        if status == .complete { status = ExitStatus(of: error) }
    }
}

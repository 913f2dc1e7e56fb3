import Foundation
import Testing

/// How long decoders are fuzzed, and with what.
package enum FuzzRun {
    /// Inputs of each decoder: `KBACKUP_FUZZ_ITERATIONS`, or few, that take a moment.
    package static let iterations = environment("KBACKUP_FUZZ_ITERATIONS") ?? 3000
    /// `KBACKUP_FUZZ_SEED`: other inputs than those of every run.
    package static let seed = environment("KBACKUP_FUZZ_SEED") ?? 1

    private static func environment(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    /// Calls a decoder with inputs that are almost what they should be.
    ///
    /// - Parameters:
    ///   - decoder: Its name, for messages.
    ///   - seeds: What they should be.
    ///   - isExpected: Whether an error is one that the decoder may throw.
    package static func run(
        _ decoder: String,
        seeds: [[UInt8]],
        isExpected: (any Error) -> Bool,
        _ decode: ([UInt8]) throws -> Void
    ) throws {
        try #require(!seeds.isEmpty)
        for bytes in seeds { try decode(bytes) }
        var mutator = ByteMutator(seed: UInt64(seed))
        var readCount = 0
        for iteration in 0..<iterations {
            let bytes = mutator.mutated(seeds)
            do {
                try decode(bytes)
                readCount += 1
            } catch  where isExpected(error) {
                continue
            } catch {
                let hexadecimal = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                Issue.record("\(decoder), seed \(seed), input \(iteration): \(error) for \(hexadecimal)")
            }
        }
        print("\(decoder), seed \(seed): \(readCount) of \(iterations) inputs were read, the others refused")
    }
}

import FuzzTestSupport
import ObjectStore
import Testing
import Zstandard

@testable import Repository

@Suite("Decoders of hostile bytes")
struct DecoderFuzzTests {
    @Test(
        "Whatever bytes a decoder gets, it reads them or says that they are damaged",
        arguments: FuzzedDecoder.allCases
    )
    func mutated(decoder: FuzzedDecoder) async throws {
        let objects = try await ExampleRepository(hasPassphrase: false).objects
        let keys = try await ExampleRepository.open(try await objects.store()).keys
        try FuzzRun.run(
            decoder.rawValue,
            seeds: try await decoder.seeds(objects),
            isExpected: { error in
                if error is ZstandardError { return decoder == .frame }
                return (error as? RepositoryError).map { decoder.codes.contains($0.code) } ?? false
            },
            { try decoder.decode($0, keys) }
        )
    }
}

import ObjectStore
import Testing

/// What every object store promises, whatever it stores its objects in.
@Suite("Object store conformance")
struct ObjectStoreConformanceTests {
    // MARK: - Put and get

    @Test("An object reads back as it was written", arguments: ObjectStoreFixture.all, [0, 1, 1000, 1 << 20, 9 << 20])
    func roundTrip(fixture: ObjectStoreFixture, size: Int) async throws {
        try await fixture.withStore { store in
            let body = bytes(size)
            let version = try await store.put(body, at: ObjectKey("data/object"), if: .absent)
            let object = try await store.get(ObjectKey("data/object"), range: .whole(limit: 1 << 30))
            #expect(object.bytes == body)
            #expect(object.totalSizeInBytes == size)
            #expect(object.version == version)
            let stat = try #require(try await store.stat(ObjectKey("data/object")))
            #expect(stat.key == ObjectKey("data/object"))
            #expect(stat.sizeInBytes == size)
            #expect(stat.version == version)
        }
    }

    @Test("A missing object is told apart from an empty one", arguments: ObjectStoreFixture.all)
    func missing(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            try await store.put([], at: ObjectKey("empty"), if: .absent)
            #expect(try await store.stat(ObjectKey("empty"))?.sizeInBytes == 0)
            for key in ["missing", "folder/missing", "empty/beneath"] {
                #expect(try await store.stat(ObjectKey(key)) == nil)
                let error = await #expect(throws: ObjectStoreError.self) { try await store.get(ObjectKey(key)) }
                #expect(error?.code == .notFound)
                #expect(error?.message.contains(key) == true)
            }
        }
    }

    @Test("A folder is not an object", arguments: ObjectStoreFixture.all)
    func folder(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            try await store.put([1], at: ObjectKey("folder/object"), if: .absent)
            #expect(try await store.stat(ObjectKey("folder")) == nil)
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get(ObjectKey("folder")) }
            #expect(error?.code == .notFound)
            try await store.delete([ObjectKey("folder")])
            #expect(try await store.get(ObjectKey("folder/object")) == [1])
        }
    }

    @Test("Times of writing come from a clock that goes", arguments: ObjectStoreFixture.all)
    func modificationTime(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            try await store.put([1], at: ObjectKey("a"), if: .absent)
            let stat = try #require(try await store.stat(ObjectKey("a")))
            // A store's clock may be hours off, not years.
            #expect(stat.modifiedAt > 1_700_000_000 && stat.modifiedAt < 5_000_000_000)
        }
    }

    @Test("A large object is put together from its parts", arguments: ObjectStoreFixture.all)
    func parts(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            // The S3 fixtures cut what is above 16 MiB into parts of 5 MiB.
            let body = bytes(17 << 20)
            let key = ObjectKey("large")
            let version = try await store.put(body, at: key, if: .absent)
            let object = try await store.get(key, range: .whole(limit: 1 << 30))
            #expect(object.bytes == body)
            #expect(object.version == version)
            let middle = (10 << 20) - 5..<(10 << 20) + 5
            #expect(try await store.get(key, range: .bytes(middle)).bytes == Array(body[middle]))
            #expect(try await store.get(key, range: .last(100)).bytes == Array(body.suffix(100)))

            let error = await #expect(throws: ObjectStoreError.self) { try await store.put(body, at: key, if: .absent) }
            #expect(error?.code == .conflict)
            let other = bytes(17 << 20, seed: 2)
            let second = try await store.put(other, at: key, if: .matches(version))
            await #expect(throws: ObjectStoreError.self) { try await store.put(body, at: key, if: .matches(version)) }
            #expect(try await store.get(key, range: .whole(limit: 1 << 30)).version == second)
            #expect(try await store.get(key) == other)
        }
    }

    // MARK: - Conditions

    @Test("A create-only put never replaces an object", arguments: ObjectStoreFixture.all)
    func createOnly(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            try await store.put([1], at: ObjectKey("a"), if: .absent)
            for body: [UInt8] in [[2], [1]] {
                let error = await #expect(throws: ObjectStoreError.self) {
                    try await store.put(body, at: ObjectKey("a"), if: .absent)
                }
                #expect(error?.code == .conflict)
            }
            #expect(try await store.get(ObjectKey("a")) == [1])
        }
    }

    @Test("Of many create-only puts at once exactly one wins", arguments: ObjectStoreFixture.all, [1000, 3 << 20])
    func createOnlyRace(fixture: ObjectStoreFixture, size: Int) async throws {
        try await fixture.withStore { store in
            let winners = try await withThrowingTaskGroup(of: UInt64?.self) { group in
                for writer: UInt64 in 1...8 {
                    group.addTask {
                        do {
                            try await store.put(bytes(size, seed: writer), at: ObjectKey("race/key"), if: .absent)
                            return writer
                        } catch let error as ObjectStoreError where error.code == .conflict {
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: [UInt64]()) { if let writer = $1 { $0.append(writer) } }
            }
            let winner = try #require(winners.first)
            #expect(winners.count == 1)
            #expect(try await store.get(ObjectKey("race/key")) == bytes(size, seed: winner))
        }
    }

    @Test("Compare-and-swap replaces the version it knows and no other", arguments: ObjectStoreFixture.all)
    func compareAndSwap(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            let key = ObjectKey("root")
            let first = try await store.put([1], at: key, if: .absent)
            let second = try await store.put([2], at: key, if: .matches(first))
            #expect(first != second)
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([3], at: key, if: .matches(first))
            }
            #expect(error?.code == .conflict)
            #expect(try await store.get(key) == [2])
            let read = try await store.get(key, range: .whole(limit: 1 << 30)).version
            try await store.put([4], at: key, if: .matches(read))
            #expect(try await store.get(key) == [4])
        }
    }

    @Test("Compare-and-swap does not bring a deleted object back", arguments: ObjectStoreFixture.all)
    func compareAndSwapDeleted(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            let version = try await store.put([1], at: ObjectKey("root"), if: .absent)
            try await store.delete([ObjectKey("root")])
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([2], at: ObjectKey("root"), if: .matches(version))
            }
            #expect(error?.code == .conflict)
            #expect(try await store.stat(ObjectKey("root")) == nil)
        }
    }

    @Test("Counting up with compare-and-swap from many tasks loses no step", arguments: ObjectStoreFixture.all)
    func compareAndSwapRace(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            let key = ObjectKey("counter")
            try await store.put([0], at: key, if: .absent)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var steps = 0
                        while steps < 5 {
                            let counter = try await store.get(key, range: .whole(limit: 1 << 30))
                            do {
                                try await store.put([counter.bytes[0] + 1], at: key, if: .matches(counter.version))
                                steps += 1
                            } catch let error as ObjectStoreError where error.code == .conflict {}
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await store.get(key) == [20])
        }
    }

    @Test("An unconditional put replaces what is there", arguments: ObjectStoreFixture.all)
    func replace(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            let first = try await store.put([1, 2, 3], at: ObjectKey("a"), if: .always)
            let second = try await store.put([4], at: ObjectKey("a"), if: .always)
            #expect(first != second)
            #expect(try await store.get(ObjectKey("a")) == [4])
        }
    }

    // MARK: - Ranges

    @Test(
        "A range reads exactly the bytes asked for",
        arguments: ObjectStoreFixture.all,
        [
            (ByteRange.bytes(0..<1), 0..<1), (.bytes(0..<1000), 0..<1000), (.bytes(999..<1000), 999..<1000),
            (.bytes(100..<300), 100..<300), (.bytes(5..<5), 5..<5), (.bytes(1000..<1000), 1000..<1000),
            (.last(1), 999..<1000), (.last(16), 984..<1000), (.last(1000), 0..<1000), (.last(5000), 0..<1000),
            (.last(0), 1000..<1000), (.whole(limit: 1000), 0..<1000), (.whole(limit: 1 << 40), 0..<1000),
        ]
    )
    func range(fixture: ObjectStoreFixture, range: (asked: ByteRange, meant: Range<Int>)) async throws {
        try await fixture.withStore { store in
            let body = bytes(1000)
            let version = try await store.put(body, at: ObjectKey("a"), if: .absent)
            let object = try await store.get(ObjectKey("a"), range: range.asked)
            #expect(object.bytes == Array(body[range.meant]))
            #expect(object.totalSizeInBytes == 1000)
            #expect(object.version == version)
        }
    }

    @Test(
        "A range beyond the object's end is an error",
        arguments: ObjectStoreFixture.all,
        [999..<1001, 1000..<1001, 2000..<3000, 0..<1001, 1001..<1001]
    )
    func rangeBeyondEnd(fixture: ObjectStoreFixture, range: Range<Int>) async throws {
        try await fixture.withStore { store in
            try await store.put(bytes(1000), at: ObjectKey("a"), if: .absent)
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.get(ObjectKey("a"), range: .bytes(range))
            }
            #expect(error?.code == .corrupted)
        }
    }

    @Test("An object above the limit is not read", arguments: ObjectStoreFixture.all, [0, 1, 999])
    func limit(fixture: ObjectStoreFixture, limit: Int) async throws {
        try await fixture.withStore { store in
            try await store.put(bytes(1000), at: ObjectKey("a"), if: .absent)
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.get(ObjectKey("a"), limit: limit)
            }
            #expect(error?.code == .corrupted)
            #expect(error?.message.contains("'a'") == true)
        }
    }

    @Test(
        "An empty object has an empty end",
        arguments: ObjectStoreFixture.all,
        [ByteRange.last(10), .last(0), .bytes(0..<0), .whole(limit: 10), .whole(limit: 0)]
    )
    func rangeOfEmpty(fixture: ObjectStoreFixture, range: ByteRange) async throws {
        try await fixture.withStore { store in
            let version = try await store.put([], at: ObjectKey("a"), if: .absent)
            let object = try await store.get(ObjectKey("a"), range: range)
            #expect(object.bytes.isEmpty && object.totalSizeInBytes == 0 && object.version == version)
        }
    }

    @Test(
        "A range of a missing object is not found",
        arguments: ObjectStoreFixture.all,
        [ByteRange.last(10), .last(0), .bytes(0..<0), .bytes(0..<10), .whole(limit: 10)]
    )
    func rangeOfMissing(fixture: ObjectStoreFixture, range: ByteRange) async throws {
        try await fixture.withStore { store in
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.get(ObjectKey("a"), range: range)
            }
            #expect(error?.code == .notFound)
        }
    }

    // MARK: - Delete

    @Test("Deleted objects are gone, and deleting again is no error", arguments: ObjectStoreFixture.all)
    func delete(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            let keys = ["a", "b/c", "b/d", "e/f/g"].map { ObjectKey($0) }
            for key in keys { try await store.put([1], at: key, if: .absent) }
            try await store.delete([])
            try await store.delete(Array(keys[0...1]))
            #expect(try await store.list(prefix: "").map(\.key) == Array(keys[2...]))
            try await store.delete(keys + [ObjectKey("never/was")])
            try await store.delete(keys)
            #expect(try await store.list(prefix: "").isEmpty)
            for key in keys { #expect(try await store.stat(key) == nil) }
        }
    }

    @Test("A key can be used again after its object was deleted", arguments: ObjectStoreFixture.all)
    func useAgain(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            let first = try await store.put([1], at: ObjectKey("a/b"), if: .absent)
            try await store.delete([ObjectKey("a/b")])
            let second = try await store.put([2], at: ObjectKey("a/b"), if: .absent)
            #expect(first != second)
            #expect(try await store.get(ObjectKey("a/b")) == [2])
        }
    }

    // MARK: - Cancellation

    @Test("A cancelled task does not write", arguments: ObjectStoreFixture.all)
    func cancelled(fixture: ObjectStoreFixture) async throws {
        try await fixture.withStore { store in
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await store.put([1], at: ObjectKey("a"), if: .absent)
                    }
                }
            }
            let stat = try await store.stat(ObjectKey("a"))
            #expect(stat == nil)
        }
    }
}

/// A hash as four 64-bit lanes.
///
/// Not a `SIMD4`: that is aligned to 32 bytes, as is then every value that holds one, and Swift 6.3 aligns the memory of
/// asynchronous functions to 16. Such a value that lived across an `await` was written beyond its place.
struct HashLanes: Hashable, Sendable {
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0

    /// - Parameter lane: From 0 to 3.
    subscript(lane: Int) -> UInt64 {
        get {
            switch lane {
            case 0: first
            case 1: second
            case 2: third
            default: fourth
            }
        }
        set {
            switch lane {
            case 0: first = newValue
            case 1: second = newValue
            case 2: third = newValue
            default: fourth = newValue
            }
        }
    }

    /// Each lane modulo 2^64.
    static func &+= (left: inout HashLanes, right: HashLanes) {
        for lane in 0..<4 { left[lane] &+= right[lane] }
    }

    /// Each lane modulo 2^64.
    static func &-= (left: inout HashLanes, right: HashLanes) {
        for lane in 0..<4 { left[lane] &-= right[lane] }
    }
}

import Glibc
import Synchronization

/// Names of users and groups, asked of the system once each.
final class AccountNames: Sendable {
    private enum Account: Hashable {
        case user(UInt32)
        case group(UInt32)
    }

    private let known = Mutex<[Account: [UInt8]]>([:])

    /// Empty when there is none.
    func user(_ id: UInt32) -> [UInt8] { name(of: .user(id)) }

    /// Empty when there is none.
    func group(_ id: UInt32) -> [UInt8] { name(of: .group(id)) }

    private func name(of account: Account) -> [UInt8] {
        if let name = known.withLock({ $0[account] }) { return name }
        let name = Self.ask(account)
        known.withLock { $0[account] = name }
        return name
    }

    private static func ask(_ account: Account) -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 16 << 10)
        return unsafe buffer.withUnsafeMutableBufferPointer { buffer -> [UInt8] in
            guard let start = buffer.baseAddress else { return [] }
            let name: UnsafeMutablePointer<CChar>?
            switch account {
            case .user(let id):
                var entry = unsafe passwd()
                var found: UnsafeMutablePointer<passwd>?
                let status = unsafe getpwuid_r(id, &entry, start, buffer.count, &found)
                unsafe name = status == 0 && found != nil ? entry.pw_name : nil
            case .group(let id):
                var entry = unsafe Glibc.group()
                var found: UnsafeMutablePointer<Glibc.group>?
                let status = unsafe getgrgid_r(id, &entry, start, buffer.count, &found)
                unsafe name = status == 0 && found != nil ? entry.gr_name : nil
            }
            guard let name = unsafe name else { return [] }
            return unsafe UnsafeBufferPointer(start: name, count: min(strlen(name), 255)).map { UInt8(bitPattern: $0) }
        }
    }
}

/// What is known of a file, a folder, or what else there is in one, without its data.
package struct FileNode: Sendable, Equatable {
    package enum Kind: UInt8, Sendable {
        case file = 1
        case folder = 2
        case symbolicLink = 3
        case pipe = 4
        case blockDevice = 5
        case characterDevice = 6
    }

    /// A time, exact to the nanosecond.
    package struct Time: Sendable, Equatable {
        /// Since 1970.
        package var seconds: Int
        package var nanoseconds: UInt32

        /// Stands for the time of change of a file that may change once more without another one: no file has it.
        static let unsettled = Time(seconds: .min, nanoseconds: 0)
    }

    /// An extended attribute; access control lists are such.
    package struct Attribute: Sendable, Equatable {
        package var name: [UInt8]
        package var value: [UInt8]
    }

    package var kind: Kind
    /// The lower twelve bits of the mode.
    package var permissions: UInt16
    package var userID: UInt32
    package var groupID: UInt32
    /// The names of owner and group where the backup was made; empty when they have none.
    package var userName: [UInt8] = []
    package var groupName: [UInt8] = []
    /// Of a file, in bytes.
    package var size: Int
    package var modified: Time
    /// When data or attributes changed last: no program can set it.
    ///
    /// ``Time/unsettled`` where that was just before the file was read.
    package var changed: Time
    package var device: UInt64
    package var inode: UInt64
    /// What a symbolic link says.
    package var target: [UInt8] = []
    /// Of a device: its number.
    package var deviceNumber: UInt64 = 0
    /// Of a file with several names: the path that comes first in the backup and has its data; `nil` for that one.
    package var firstPath: StoredPath?
    package var attributes: [Attribute] = []

    /// In bytes; what Linux allows, or more.
    enum Limit {
        static let name = 255
        static let target = 64 << 10
        static let value = 64 << 10
        /// How many attributes.
        static let attributes = 4096
        /// Of the names and values of the attributes together, as far as they are backed up.
        static let allAttributes = 1 << 20
    }
}

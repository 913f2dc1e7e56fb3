/// What a member says about itself.
package struct EtcdStatus: Sendable, Hashable, Codable {
    /// The server's version, such as `3.5.9`.
    package let version: String
    /// The size of the database file, free pages included; about what a snapshot takes.
    package let dbSizeInBytes: Int
    /// The bytes of it in use; 0 when the server does not say.
    package let dbSizeInUseInBytes: Int
    /// The revision of the key space when the member answered.
    package let revision: Int64
    package let raftIndex: UInt64
    package let raftTerm: UInt64
    /// The member id of the leader; 0 when there is none.
    package let leader: UInt64
    package let memberID: UInt64
    package let clusterID: UInt64
    /// Alarms and other complaints of the member, such as `NOSPACE`; a snapshot can be taken all the same.
    package let errors: [String]

    package var isLeader: Bool { leader == memberID }
}

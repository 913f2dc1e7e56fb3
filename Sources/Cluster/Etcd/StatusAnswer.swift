/// The gateway's answer to a status request: numbers are texts, and zero is left out.
struct StatusAnswer: Decodable {
    struct Header: Decodable {
        let cluster_id: String?
        let member_id: String?
        let revision: String?
    }

    let header: Header?
    let version: String?
    let dbSize: String?
    let dbSizeInUse: String?
    let leader: String?
    let raftIndex: String?
    let raftTerm: String?
    let errors: [String]?
}

extension EtcdStatus {
    /// - Returns: `nil` when `answer` is JSON, but not etcd's.
    init?(_ answer: StatusAnswer) {
        guard let header = answer.header, let version = answer.version else { return nil }
        self.init(
            version: version,
            dbSizeInBytes: answer.dbSize.flatMap { Int($0) } ?? 0,
            dbSizeInUseInBytes: answer.dbSizeInUse.flatMap { Int($0) } ?? 0,
            revision: header.revision.flatMap { Int64($0) } ?? 0,
            raftIndex: answer.raftIndex.flatMap { UInt64($0) } ?? 0,
            raftTerm: answer.raftTerm.flatMap { UInt64($0) } ?? 0,
            leader: answer.leader.flatMap { UInt64($0) } ?? 0,
            memberID: header.member_id.flatMap { UInt64($0) } ?? 0,
            clusterID: header.cluster_id.flatMap { UInt64($0) } ?? 0,
            errors: answer.errors ?? []
        )
    }
}

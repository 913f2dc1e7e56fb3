/// What a walk has found.
struct WalkedNode: Sendable {
    let path: StoredPath
    /// The folder that it is in.
    let folder: Folder
    let name: FileName
    let kind: FileNode.Kind
    let status: NodeStatus
    /// Of a folder.
    var attributes: [FileNode.Attribute] = []
}

/// What a backup or restore of files came to.
package struct FileCounts: Sendable, Equatable {
    package var files = 0
    /// Of the files, in bytes.
    package var bytes = 0
    package var folders = 0
    package var symbolicLinks = 0
    /// Pipes and devices.
    package var others = 0
    /// Files that were read, because they are new or have changed.
    package var readFiles = 0
    package var readBytes = 0

    package init() {}

    mutating func add(_ kind: FileNode.Kind, size: Int) {
        switch kind {
        case .file:
            files += 1
            add(bytes: size)
        case .folder: folders += 1
        case .symbolicLink: symbolicLinks += 1
        case .pipe, .blockDevice, .characterDevice: others += 1
        }
    }

    /// Sparse files may be of any size: those of two can be more than a number holds.
    mutating func add(bytes size: Int) {
        let (sum, overflow) = bytes.addingReportingOverflow(size)
        bytes = overflow ? .max : sum
    }
}

/// Finds the revision of an etcd database while its file passes by.
///
/// The revision is the last key of the bucket `key`, as `etcdctl snapshot status` reads it: at the end of the last branch
/// of a B+ tree, whose pages lie in the file in any order. So of every page it is kept where its last element leads to,
/// eight bytes a page: 4 MiB for a database of 2 GiB.
struct DatabaseRevision {
    /// What the last element of a page is.
    private struct Link {
        private static let childMark: UInt64 = 1 << 63
        private let value: UInt64

        static let unknown = Link(value: 0)

        private init(value: UInt64) { self.value = value }

        init(child: UInt64) { value = child < Self.childMark ? child | Self.childMark : 0 }

        init(revision: UInt64) { value = revision < Self.childMark ? revision : 0 }

        var child: UInt64? { value & Self.childMark == 0 ? nil : value ^ Self.childMark }
        var revision: Int64? { value != 0 && value < Self.childMark ? Int64(value) : nil }
    }

    /// Bytes that lie behind the page at hand, and what they are wanted for.
    private struct Request {
        enum Purpose {
            /// An element of a page that is one of many.
            case element(page: Int, isBranch: Bool)
            /// The key of a leaf's last element.
            case key(page: Int)
            /// The page of the buckets, all of it.
            case buckets
        }

        let purpose: Purpose
        let end: Int
        var bytes: [UInt8] = []
        var next: Int
    }

    /// More than so many at once are no sound database's.
    private static let mostRequests = 256
    private static let largestBucketPage = 1 << 20
    private static let deepestTree = 64

    private var pageSize = 0
    private var links: [Link] = []
    private var requests: [Request] = []
    private var bucketPage: UInt64 = 0
    /// Where the bucket of the keys begins.
    private var start = Link.unknown
    private var isReadable = true

    /// Takes the next bytes of the file.
    ///
    /// Pages must not lie across two chunks: the chunks of a snapshot have the size of a whole number of pages.
    mutating func add(_ chunk: [UInt8]) {
        guard isReadable else { return }
        if links.isEmpty, !begin(chunk) {
            isReadable = false
            return
        }
        var offset = 0
        while chunk.count - offset >= pageSize {
            addPage(chunk, at: offset)
            offset += pageSize
        }
    }

    /// The revision; `nil` when the database has no keys, or is built in a way that cannot be followed.
    var value: Int64? {
        guard isReadable else { return nil }
        var link = start
        for _ in 0..<Self.deepestTree {
            guard let page = link.child else { return link.revision }
            guard page < UInt64(links.count) else { return nil }
            link = links[Int(page)]
        }
        return nil
    }

    /// Reads the two pages at the start: the one of the later transaction counts.
    private mutating func begin(_ chunk: [UInt8]) -> Bool {
        guard let size = EtcdSnapshotFile.pageSize(ofHeader: chunk), chunk.count >= 2 * size else { return false }
        let metas = [BoltMetaPage(chunk, at: 0), BoltMetaPage(chunk, at: size)].compactMap { $0 }
        guard let meta = metas.max(by: { $0.transaction < $1.transaction }) else { return false }
        pageSize = size
        bucketPage = meta.rootPage
        return true
    }

    // MARK: - Pages

    private mutating func addPage(_ chunk: [UInt8], at offset: Int) {
        let number = links.count
        links.append(.unknown)
        let position = number * pageSize
        serveRequests(chunk, at: offset, position)
        guard let page = BoltPageHeader(chunk, at: offset), page.number == UInt64(number) else { return }
        if page.number == bucketPage {
            // Where there are too many buckets for one page, the tree cannot be entered.
            let size = page.sizeInBytes(pageSize)
            guard !page.isBranch, size <= Self.largestBucketPage else { return }
            read(.buckets, position..<(position + size), chunk, at: offset, position)
        } else if page.count > 0 {
            let element = position + BoltPageHeader.size + (page.count - 1) * BoltPageHeader.elementSize
            guard element + BoltPageHeader.elementSize <= position + page.sizeInBytes(pageSize) else { return }
            let range = element..<(element + BoltPageHeader.elementSize)
            read(.element(page: number, isBranch: page.isBranch), range, chunk, at: offset, position)
        }
    }

    /// Reads bytes of the file that begin in the page at hand or behind it.
    ///
    /// - Parameters:
    ///   - range: From the start of the file.
    ///   - offset: Of the page in `chunk`.
    ///   - position: Of the page in the file.
    private mutating func read(
        _ purpose: Request.Purpose,
        _ range: Range<Int>,
        _ chunk: [UInt8],
        at offset: Int,
        _ position: Int
    ) {
        var request = Request(purpose: purpose, end: range.upperBound, next: range.lowerBound)
        take(&request, chunk, at: offset, position)
        if request.next == request.end {
            serve(request, chunk, at: offset, position)
        } else if requests.count < Self.mostRequests {
            requests.append(request)
        }
    }

    private func take(_ request: inout Request, _ chunk: [UInt8], at offset: Int, _ position: Int) {
        let end = min(request.end, position + pageSize)
        guard request.next >= position, request.next < end else { return }
        request.bytes += chunk[(offset + request.next - position)..<(offset + end - position)]
        request.next = end
    }

    private mutating func serveRequests(_ chunk: [UInt8], at offset: Int, _ position: Int) {
        guard !requests.isEmpty else { return }
        let waiting = requests
        requests = []
        for var request in waiting {
            take(&request, chunk, at: offset, position)
            if request.next == request.end {
                serve(request, chunk, at: offset, position)
            } else {
                requests.append(request)
            }
        }
    }

    private mutating func serve(_ request: Request, _ chunk: [UInt8], at offset: Int, _ position: Int) {
        switch request.purpose {
        case .buckets: start = Self.keyBucket(in: request.bytes)
        case .element(let page, isBranch: true): links[page] = Link(child: BoltBranchElement(request.bytes, at: 0).page)
        case .element(let page, isBranch: false):
            let element = BoltLeafElement(request.bytes, at: 0)
            let key = request.end - BoltPageHeader.elementSize + element.keyOffset
            // Leaves of other buckets have other keys.
            guard !element.isBucket, Self.isLengthOfRevision(element.keySize), key >= position else { return }
            read(.key(page: page), key..<(key + element.keySize), chunk, at: offset, position)
        case .key(let page): links[page] = Self.revision(request.bytes)
        }
    }

    // MARK: - Contents

    /// Two numbers of eight bytes with a `_` between them, and a `t` where the key was deleted.
    private static func isLengthOfRevision(_ length: Int) -> Bool { length == 17 || length == 18 }

    private static func revision(_ key: some Collection<UInt8>) -> Link {
        guard isLengthOfRevision(key.count), key.dropFirst(8).first == UInt8(ascii: "_") else { return .unknown }
        return Link(revision: key.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Where the bucket `key` begins, which may be small enough to lie within the page of the buckets.
    private static func keyBucket(in page: [UInt8]) -> Link {
        guard let header = BoltPageHeader(page, at: 0) else { return .unknown }
        for index in 0..<header.count {
            guard let (element, key, value) = leaf(page, index) else { return .unknown }
            guard element.isBucket, key.elementsEqual("key".utf8), value.count >= BoltPageHeader.size else { continue }
            let bytes = Array(value)
            let root = bytes.littleEndian(UInt64.self, at: 0)
            if root != 0 { return Link(child: root) }
            let inline = Array(bytes.dropFirst(BoltPageHeader.size))
            guard let header = BoltPageHeader(inline, at: 0), header.count > 0 else { return .unknown }
            return leaf(inline, header.count - 1).map { revision($0.key) } ?? .unknown
        }
        return .unknown
    }

    /// An element of a leaf that is there as a whole.
    private static func leaf(
        _ page: [UInt8],
        _ index: Int
    ) -> (element: BoltLeafElement, key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)? {
        let offset = BoltPageHeader.size + index * BoltPageHeader.elementSize
        guard page.count >= offset + BoltPageHeader.elementSize else { return nil }
        let element = BoltLeafElement(page, at: offset)
        let key = offset + element.keyOffset
        guard page.count >= key + element.keySize + element.valueSize else { return nil }
        let value = key + element.keySize
        return (element, page[key..<value], page[value..<(value + element.valueSize)])
    }
}

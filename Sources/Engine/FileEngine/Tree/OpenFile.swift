import CFiles
import Glibc
import SystemPackage

/// An open file, closed at the end of its life.
final class OpenFile: Sendable {
    let descriptor: CInt

    deinit { close(descriptor) }

    init(_ descriptor: CInt) { self.descriptor = descriptor }

    func status() throws(Errno) -> NodeStatus {
        var status = stat()
        try systemCall { unsafe Int(fstat(descriptor, &status)) }
        return NodeStatus(status)
    }

    /// Reads from `offset` on, up to `limit` bytes, and adds them to `bytes`.
    ///
    /// - Returns: How many bytes; 0 at the end only.
    func append(to bytes: inout [UInt8], limit: Int, at offset: Int) throws(Errno) -> Int {
        let before = bytes.count
        try bytes.append(addingCapacity: limit) { (output: inout OutputSpan<UInt8>) throws(Errno) in
            try unsafe output.withUnsafeMutableBufferPointer { (buffer, count) throws(Errno) in
                count += try systemCall {
                    unsafe pread(descriptor, buffer.baseAddress?.advanced(by: count), limit, off_t(offset))
                }
            }
        }
        return bytes.count - before
    }

    /// A whole file that is expected to be `size` bytes long.
    ///
    /// - Returns: Up to `size` bytes; fewer where it has become shorter.
    func readAll(size: Int) throws(Errno) -> [UInt8] {
        var problem: Errno?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                do throws(Errno) {
                    let done = try systemCall {
                        unsafe pread(descriptor, buffer.baseAddress?.advanced(by: count), size - count, off_t(count))
                    }
                    if done == 0 { return }
                    count += done
                } catch {
                    problem = error
                    return
                }
            }
        }
        if let problem { throw problem }
        return bytes
    }

    /// The next stretch of data at or after `offset`, without the holes around it; `nil` when there is none.
    func data(after offset: Int, before end: Int) throws(Errno) -> Range<Int>? {
        guard offset < end else { return nil }
        do throws(Errno) {
            let start = try systemCall { lseek(descriptor, off_t(offset), CInt(kbackup_seek_data)) }
            guard start < end else { return nil }
            let stop = try systemCall { lseek(descriptor, off_t(start), CInt(kbackup_seek_hole)) }
            return start..<min(max(stop, start), end)
        } catch .noSuchAddressOrDevice {
            // Nothing but a hole up to the end.
            return nil
        } catch .invalidArgument {
            // A file system that does not tell: all of it is data.
            return offset..<end
        }
    }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(Errno) {
        var done = 0
        while done < bytes.count {
            done += try systemCall {
                unsafe bytes.withUnsafeBytes { bytes in
                    unsafe pwrite(
                        descriptor,
                        bytes.baseAddress?.advanced(by: done),
                        bytes.count - done,
                        off_t(offset + done)
                    )
                }
            }
        }
    }

    /// Tells what went wrong with earlier writes, as the end of a file's use does: network file systems write only then.
    func flush() throws(Errno) {
        let copy = CInt(try systemCall { Int(fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) })
        // Closed it is in any case, so that nothing is to be done again when a signal has come.
        guard close(copy) == 0 || errno == EINTR else { throw Errno.current }
    }

    func setSize(_ size: Int) throws(Errno) { try systemCall { Int(ftruncate(descriptor, off_t(size))) } }
}

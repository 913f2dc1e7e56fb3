import CCurl
import Glibc

/// libcurl's callbacks. They run on the event-loop thread, inside of `curl_multi_perform` and `curl_easy_pause`, and
/// only as long as the transfer that is their context is in the loop's table.
extension CurlEasyTransfer {
    func setCallbacks() throws(HTTPTransportError) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let results = unsafe [
            ccurl_setopt_write_function(easy, CURLOPT_WRITEFUNCTION, Self.onBody),
            ccurl_setopt_pointer(easy, CURLOPT_WRITEDATA, context),
            ccurl_setopt_write_function(easy, CURLOPT_HEADERFUNCTION, Self.onHeader),
            ccurl_setopt_pointer(easy, CURLOPT_HEADERDATA, context),
            ccurl_setopt_read_function(easy, Self.onRead),
            ccurl_setopt_pointer(easy, CURLOPT_READDATA, context),
            ccurl_setopt_seek_function(easy, Self.onSeek),
            ccurl_setopt_pointer(easy, CURLOPT_SEEKDATA, context),
            ccurl_setopt_prereq_function(easy, Self.onConnected),
            ccurl_setopt_pointer(easy, CURLOPT_PREREQDATA, context),
            ccurl_setopt_socket_function(easy, Self.onSocket),
        ]
        if let refused = results.first(where: { $0 != CURLE_OK }) {
            throw transportError(refused, detail: "a callback was not accepted")
        }
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> CurlEasyTransfer? {
        unsafe context.map { unsafe Unmanaged<CurlEasyTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let onBody: curl_write_callback = { data, size, count, context in
        guard let transfer = unsafe transfer(context) else { return 0 }
        let length = size * count
        switch unsafe transfer.receive(UnsafeRawBufferPointer(start: data, count: length)) {
        case .taken: return length
        case .pause: return Int(CURL_WRITEFUNC_PAUSE)
        case .refused: return Int(CURL_WRITEFUNC_ERROR)
        }
    }

    private static let onHeader: curl_write_callback = { data, size, count, context in
        guard let transfer = unsafe transfer(context) else { return 0 }
        let length = size * count
        let goesOn = unsafe transfer.receiveHeader(UnsafeRawBufferPointer(start: data, count: length))
        return goesOn ? length : Int(CURL_WRITEFUNC_ERROR)
    }

    private static let onRead: curl_read_callback = { data, size, count, context in
        guard let transfer = unsafe transfer(context) else { return Int(CURL_READFUNC_ABORT) }
        switch unsafe transfer.send(into: UnsafeMutableRawBufferPointer(start: data, count: size * count)) {
        case .bytes(let sent): return sent
        case .end: return 0
        case .pause: return Int(CURL_READFUNC_PAUSE)
        case .aborted: return Int(CURL_READFUNC_ABORT)
        }
    }

    private static let onSeek: curl_seek_callback = { context, offset, origin in
        guard origin == 0, let transfer = unsafe transfer(context), transfer.rewind(to: Int(offset)) else {
            return CURL_SEEKFUNC_FAIL
        }
        return CURL_SEEKFUNC_OK
    }

    private static let onConnected: curl_prereq_callback = { context, _, _, _, _ in
        guard let transfer = unsafe transfer(context), transfer.beginAttempt() else { return CURL_PREREQFUNC_ABORT }
        return CURL_PREREQFUNC_OK
    }

    /// Keeps sockets to this process: a child that inherited one would hold the connection open.
    private static let onSocket: curl_sockopt_callback = { _, socket, _ in
        fcntl(socket, F_SETFD, FD_CLOEXEC) == 0 ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR
    }
}

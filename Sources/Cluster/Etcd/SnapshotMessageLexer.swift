/// Splits a stream of JSON objects into messages, and stops at each blob for someone else to read it.
///
/// Checks the structure of the JSON, but not the grammar of numbers and words, which it does not look at.
struct SnapshotMessageLexer {
    enum Event {
        /// All input is read.
        case needsInput
        /// The input goes on within a blob. Read it with its closing quote, then call ``endBlob()``.
        case blob
        case endOfMessage(SnapshotMessage)
    }

    private enum State {
        case betweenMessages, afterOpening, beforeKey, key, afterKey, beforeValue, string, scalar, blob, afterValue
    }

    /// The deepest nesting accepted; etcd sends two levels, error details a few more.
    private static let depthLimit = 32
    /// The most bytes of a text that are kept.
    private static let tokenLimit = 4096

    private var state = State.betweenMessages
    /// Which of the open containers are arrays, outermost first.
    private var containersAreArrays: [Bool] = []
    private var token: [UInt8] = []
    private var isEscaped = false
    private var outerKey = ""
    private var innerKey = ""
    private var message = SnapshotMessage()

    var isBetweenMessages: Bool { state == .betweenMessages }

    /// Goes on after a blob and its closing quote.
    mutating func endBlob() {
        state = .afterValue
    }

    /// Reads on in `input` from `position`, and moves it behind what was read.
    mutating func next(_ input: borrowing [UInt8], position: inout Int) throws(EtcdError) -> Event {
        while position < input.count {
            if state == .blob { return .blob }
            let byte = input[position]
            // The end of a number or word is also the byte that follows it, which is to be looked at again.
            if state == .scalar, !Self.continuesScalar(byte) {
                endScalar()
                continue
            }
            position += 1
            if try take(byte) {
                defer { message = SnapshotMessage() }
                return .endOfMessage(message)
            }
        }
        return .needsInput
    }

    /// - Returns: Whether `byte` ends a message.
    private mutating func take(_ byte: UInt8) throws(EtcdError) -> Bool {
        switch state {
        case .string, .key:
            takeInString(byte)
        case .scalar:
            keep(byte)
        case .blob:
            preconditionFailure("A blob is read by the caller of next(_:position:)")
        case .betweenMessages, .afterOpening, .beforeKey, .afterKey, .beforeValue, .afterValue:
            guard !Self.isWhitespace(byte) else { return false }
            return try takeStructure(byte)
        }
        return false
    }

    private mutating func takeStructure(_ byte: UInt8) throws(EtcdError) -> Bool {
        switch (state, byte) {
        case (.betweenMessages, UInt8(ascii: "{")):
            outerKey = ""
            innerKey = ""
            try open(array: false)
        case (.afterOpening, UInt8(ascii: "}")), (.afterOpening, UInt8(ascii: "]")),
            (.afterValue, UInt8(ascii: "}")), (.afterValue, UInt8(ascii: "]")):
            guard containersAreArrays.popLast() == (byte == UInt8(ascii: "]")) else { throw notJSON(byte) }
            state = containersAreArrays.isEmpty ? .betweenMessages : .afterValue
            return containersAreArrays.isEmpty
        case (.afterOpening, _) where containersAreArrays.last == true:
            try startValue(byte)
        case (.afterOpening, UInt8(ascii: "\"")), (.beforeKey, UInt8(ascii: "\"")):
            startToken(.key)
        case (.afterKey, UInt8(ascii: ":")):
            state = .beforeValue
        case (.afterValue, UInt8(ascii: ",")):
            state = containersAreArrays.last == true ? .beforeValue : .beforeKey
        case (.beforeValue, _):
            try startValue(byte)
        default:
            throw notJSON(byte)
        }
        return false
    }

    private mutating func startValue(_ byte: UInt8) throws(EtcdError) {
        switch byte {
        case UInt8(ascii: "{"):
            try open(array: false)
        case UInt8(ascii: "["):
            try open(array: true)
        case UInt8(ascii: "\"")
        where containersAreArrays == [false, false] && outerKey == "result" && innerKey == "blob":
            state = .blob
        case UInt8(ascii: "\""):
            startToken(.string)
        case _ where Self.continuesScalar(byte):
            startToken(.scalar)
            keep(byte)
        default:
            throw notJSON(byte)
        }
    }

    private mutating func open(array: Bool) throws(EtcdError) {
        guard containersAreArrays.count < Self.depthLimit else {
            throw EtcdError(.protocolError, "the answer is nested too deeply")
        }
        containersAreArrays.append(array)
        state = .afterOpening
    }

    private mutating func startToken(_ kind: State) {
        token.removeAll(keepingCapacity: true)
        isEscaped = false
        state = kind
    }

    private mutating func takeInString(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
            keep(byte == UInt8(ascii: "n") || byte == UInt8(ascii: "t") ? UInt8(ascii: " ") : byte)
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte != UInt8(ascii: "\"") {
            keep(byte)
        } else if state == .key {
            endKey()
        } else {
            endValue()
        }
    }

    private mutating func keep(_ byte: UInt8) {
        if token.count < Self.tokenLimit {
            token.append(byte)
        }
    }

    private mutating func endKey() {
        state = .afterKey
        let key = String(decoding: token, as: UTF8.self)
        if containersAreArrays.count == 1 {
            outerKey = key
            switch key {
            case "result": message.isResult = true
            case "error": message.failure = message.failure ?? GatewayFailure()
            default: break
            }
        } else if containersAreArrays.count == 2 {
            innerKey = key
        }
    }

    private mutating func endScalar() {
        // `null` is the same as leaving the member out.
        if token == Array("null".utf8) {
            state = .afterValue
        } else {
            endValue()
        }
    }

    private mutating func endValue() {
        state = .afterValue
        let text = String(decoding: token, as: UTF8.self)
        guard !containersAreArrays.contains(true) else { return }
        switch (containersAreArrays.count, outerKey, innerKey) {
        case (2, "result", "remaining_bytes"), (2, "result", "remainingBytes"):
            // A database of an exabyte is no database: such a countdown cannot be kept and fails the next check.
            message.remainingBytes = min(Int(text) ?? 0, 1 << 60)
        case (1, "error", _), (2, "error", "message"):
            message.failure?.message = text
        case (2, "error", "grpc_code"), (2, "error", "code"):
            message.failure?.grpcCode = Int(text)
        case (1, "message", _):
            message.failure = message.failure ?? GatewayFailure()
            message.failure?.message = text
        case (1, "code", _):
            message.failure = message.failure ?? GatewayFailure()
            message.failure?.grpcCode = Int(text)
        default: break
        }
    }

    private func notJSON(_ byte: UInt8) -> EtcdError {
        EtcdError(.protocolError, "the answer is not a stream of JSON objects (unexpected byte \(byte))")
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static func continuesScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

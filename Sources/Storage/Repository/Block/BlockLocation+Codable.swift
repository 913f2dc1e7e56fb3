/// In JSON a location is one string: `<pack>:<number>:<kind>:<offset>:<stored length>`.
extension BlockLocation: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let parts = try container.decode(String.self).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 5,
            let pack = PackID(hexadecimal: parts[0]),
            let number = UInt32(parts[1]),
            let kind = UInt8(parts[2]).flatMap(BlockKind.init(rawValue:)),
            let offset = UInt64(parts[3]), offset <= UInt64(UInt32.max),
            let length = UInt32(parts[4])
        else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not the location of a block")
        }
        self.init(pack: pack, number: number, kind: kind, offset: offset, storedLength: length)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("\(pack):\(number):\(kind.rawValue):\(offset):\(storedLength)")
    }
}

import ObjectStore

extension RepositoryCheck {
    /// What a record, or a page of a manifest, that lies behind relocations has suffered.
    private enum Fate {
        case sound
        /// Its last place is damaged: that was told.
        case damaged
        /// It is in no place: the object that is to blame, and why.
        case lost(object: String, message: String)
    }

    /// Finds what backups have lost in packs that are gone and were written anew: what their relocations do not name, and
    /// what is damaged in its new place.
    ///
    /// - Parameters:
    ///   - data: What backups refer to.
    ///   - sizes: Of the packs that there are, in bytes.
    func loseRelocated(_ data: ResolvedData, _ sizes: [PackID: Int]) {
        update { outcome in
            var blamed: Set<String> = []
            func blame(_ fate: Fate) -> Bool {
                switch fate {
                case .sound: return false
                case .damaged: return true
                case .lost(let object, let message):
                    if blamed.insert(object).inserted {
                        outcome.report.add(CheckReport.Damage(object: object, message: message))
                    }
                    return true
                }
            }
            for (pack, blocks) in data.live.packs where sizes[pack] == nil && data.relocation(of: pack) != nil {
                for (block, records) in blocks {
                    if block.kind == .manifest {
                        if blame(fate(of: block, nil, data, sizes, outcome.damage)) { outcome.damage.insert(block) }
                    }
                    for record in records where blame(fate(of: block, record, data, sizes, outcome.damage)) {
                        outcome.damage.insert(
                            RecordLocation(block: block, offset: record.offset, length: record.length)
                        )
                    }
                }
            }
        }
    }

    private func fate(
        of block: BlockLocation,
        _ record: LiveData.Record?,
        _ data: ResolvedData,
        _ sizes: [PackID: Int],
        _ damage: DamageMap,
        hops: Int = 0
    ) -> Fate {
        if let size = sizes[block.pack] {
            guard block.offset + UInt64(block.storedLength) <= UInt64(size) else {
                return .lost(object: block.pack.key.rawValue, message: "block \(block.number) lies beyond its end")
            }
            let isLost =
                record.map {
                    damage.isLost(RecordLocation(block: block, offset: $0.offset, length: $0.length))
                } ?? damage.isLost(block)
            return isLost ? .damaged : .sound
        }
        guard hops < RelocationTable.mostHops, let relocation = data.relocation(of: block.pack) else {
            return .lost(
                object: block.pack.key.rawValue,
                message: RepositoryError.missing(block.pack, in: location).message
            )
        }
        guard let entry = relocation.entry(for: block) else { return lacking(block) }
        guard let record else { return fate(of: entry.new, nil, data, sizes, damage, hops: hops + 1) }
        if record.length == 0 { return .sound }
        guard let offset = entry.place(ofRecordAt: record.offset, length: record.length) else { return lacking(block) }
        return fate(of: entry.new, record.moved(to: offset), data, sizes, damage, hops: hops + 1)
    }

    private func lacking(_ block: BlockLocation) -> Fate {
        .lost(
            object: Relocation.key(block.pack).rawValue,
            message: "It does not name all that backups need of block \(block.number)."
        )
    }
}

import Operations

extension Session {
    /// The only place that knows how each output format looks: a new format is a compile error here.
    func render<Document: Encodable>(_ document: Document, table: (Document) -> String) throws -> String {
        switch format {
        // Names and reasons come from servers: none of them commands the terminal.
        case .table: ErrorMessage.printable(table(document))
        case .json: try MachineText.json(document)
        case .yaml: try MachineText.yaml(document)
        }
    }
}

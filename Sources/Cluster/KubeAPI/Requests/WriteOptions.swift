/// How an object is written.
package struct WriteOptions: Sendable, Hashable {
    /// What the server does about unknown and doubled fields (since Kubernetes 1.25; older servers ignore it).
    package enum FieldValidation: String, Sendable, Hashable {
        case ignore = "Ignore"
        case warn = "Warn"
        case strict = "Strict"
    }

    /// In whose name fields are set in `managedFields`.
    package var fieldManager: String?
    /// Everything is checked, nothing is stored.
    package var dryRun: Bool
    package var fieldValidation: FieldValidation?

    package init(fieldManager: String? = nil, dryRun: Bool = false, fieldValidation: FieldValidation? = nil) {
        self.fieldManager = fieldManager
        self.dryRun = dryRun
        self.fieldValidation = fieldValidation
    }
}

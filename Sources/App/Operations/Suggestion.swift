import KubernetesModel

/// What somebody may have meant who mistyped a word of the command line.
package enum Suggestion {
    /// A sentence for the end of a message: ` Did you mean 'create'?`; empty when nothing is near.
    package static func hint(_ text: String, among names: [String]) -> String {
        NearestName.hint(text, among: names)
    }
}

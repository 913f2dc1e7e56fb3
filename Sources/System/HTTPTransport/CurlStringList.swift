import CCurl

/// A list of strings in libcurl's form, which has to outlive the handle that it is given to.
@safe final class CurlStringList {
    /// `nil` for an empty list.
    let head: UnsafeMutablePointer<curl_slist>?

    /// - Returns: `nil` when there is no memory.
    init?(_ strings: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for string in strings {
            guard let longer = unsafe curl_slist_append(list, string) else {
                unsafe curl_slist_free_all(list)
                return nil
            }
            unsafe list = longer
        }
        unsafe head = list
    }

    deinit { unsafe curl_slist_free_all(head) }
}

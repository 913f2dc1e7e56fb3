extension Range<Int> {
    /// The first number of the range for which `isBefore` is false, or the end of it.
    ///
    /// - Parameter isBefore: Is true up to some number, and false from then on.
    func partitionPoint(_ isBefore: (Int) -> Bool) -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if isBefore(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

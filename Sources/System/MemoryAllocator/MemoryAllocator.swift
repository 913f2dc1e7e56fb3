import CMalloc

/// The C library's allocator, set for a program that takes and gives back buffers of megabytes all the time.
package enum MemoryAllocator {
    /// Keeps freed buffers for the next ones.
    ///
    /// By default glibc gives each large buffer back to the kernel, which clears the pages of the next one: for 2 GiB of
    /// files that was a third of the time. Few arenas keep what is held small. Call it before the first thread starts.
    package static func keepFreedBuffers() {
        // Chunks, the largest buffers that come and go, have up to 4 MiB. Packs have 16 MiB: their memory is used again by
        // the next ones, and among chunks it would leave holes as large as itself.
        mallopt(M_MMAP_THRESHOLD, 8 << 20)
        mallopt(M_TRIM_THRESHOLD, 16 << 20)
        mallopt(M_ARENA_MAX, 2)
    }
}

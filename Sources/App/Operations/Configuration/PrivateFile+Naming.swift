import Glibc
import SystemPackage

extension PrivateFile {
    /// Gives a finished file its name, unless that is taken; the temporary name may stay beside it.
    ///
    /// A link never replaces a file that somebody has made in the meantime. Where the file system has no hard links, the
    /// name is claimed with an empty file first, which the finished one replaces.
    ///
    /// - Parameter link: Gives a file a second name.
    /// - Throws: `Errno`; `Errno.fileExists` when the name is taken.
    static func giveName(
        _ path: FilePath,
        to temporary: FilePath,
        link: (FilePath, FilePath) throws -> Void = hardLink
    ) throws {
        do {
            try link(temporary, path)
        } catch let error as Errno where lacksHardLinks(error) {
            let claim = try FileDescriptor.open(
                path,
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerRead, .ownerWrite]
            )
            try claim.close()
            try call {
                unsafe temporary.withPlatformString { from in
                    unsafe path.withPlatformString { unsafe rename(from, $0) }
                }
            }
        }
    }

    static func hardLink(_ path: FilePath, _ other: FilePath) throws {
        try call {
            unsafe path.withPlatformString { from in
                unsafe other.withPlatformString { unsafe Glibc.link(from, $0) }
            }
        }
    }

    /// Whether an attempt to link failed because the file system has no hard links.
    static func lacksHardLinks(_ error: Errno) -> Bool {
        [.notPermitted, .notSupported, .noFunction, .tooManyLinks].contains(error)
    }
}

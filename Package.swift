// swift-tools-version: 6.2
import PackageDescription

// Layers point one way: App → Engine → {Cluster, Storage} → System. docs/architecture.md explains each target.

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "kbackup",
    products: [
        .executable(name: "kbackup", targets: ["kbackup"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // System
        .systemLibrary(
            name: "CCurl",
            path: "Sources/System/CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .systemLibrary(
            name: "CZstd",
            path: "Sources/System/CZstd",
            pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]
        ),
        .systemLibrary(name: "CFiles", path: "Sources/System/CFiles"),
        .systemLibrary(name: "CMalloc", path: "Sources/System/CMalloc"),
        .target(name: "Concurrency", path: "Sources/System/Concurrency"),
        .target(name: "HTTPTransport", dependencies: ["CCurl", httpTypes], path: "Sources/System/HTTPTransport"),
        .target(name: "MemoryAllocator", dependencies: ["CMalloc"], path: "Sources/System/MemoryAllocator"),
        .target(name: "Zstandard", dependencies: ["CZstd"], path: "Sources/System/Zstandard"),

        // Storage
        .target(name: "Chunking", path: "Sources/Storage/Chunking"),
        .target(
            name: "ObjectStore",
            dependencies: ["Concurrency", crypto, system],
            path: "Sources/Storage/ObjectStore"
        ),
        .target(
            name: "S3ObjectStore",
            dependencies: ["ObjectStore", "HTTPTransport", "Concurrency", crypto, httpTypes, subprocess, system],
            path: "Sources/Storage/S3ObjectStore"
        ),
        .target(
            name: "Repository",
            dependencies: ["ObjectStore", "Chunking", "Zstandard", "Concurrency", crypto, cryptoExtras],
            path: "Sources/Storage/Repository"
        ),
        .target(name: "Catalog", dependencies: [grdb], path: "Sources/Storage/Catalog"),

        // Cluster
        .target(name: "KubernetesModel", path: "Sources/Cluster/KubernetesModel"),
        .target(
            name: "KubeAPI",
            dependencies: ["KubernetesModel", "HTTPTransport", httpTypes, logging, subprocess, system, yams],
            path: "Sources/Cluster/KubeAPI"
        ),
        .target(name: "Etcd", dependencies: ["HTTPTransport", crypto, httpTypes], path: "Sources/Cluster/Etcd"),

        // Engine
        .target(
            name: "BackupEngine",
            dependencies: ["KubeAPI", "Etcd", "KubernetesModel", "Repository", "ObjectStore", "Concurrency", logging],
            path: "Sources/Engine/BackupEngine"
        ),
        .target(
            name: "FileEngine",
            dependencies: ["CFiles", "Chunking", "Concurrency", "Repository", system],
            path: "Sources/Engine/FileEngine"
        ),
        .target(
            name: "RestoreEngine",
            dependencies: ["KubeAPI", "KubernetesModel", "HTTPTransport", "Repository", "Concurrency", logging],
            path: "Sources/Engine/RestoreEngine"
        ),

        // App
        .target(
            name: "Operations",
            dependencies: [
                "BackupEngine", "FileEngine", "RestoreEngine", "Catalog", "Repository", "ObjectStore", "S3ObjectStore",
                "KubeAPI",
                "KubernetesModel", "Etcd", "HTTPTransport", "Concurrency", crypto, logging, system, yams,
            ],
            path: "Sources/App/Operations"
        ),
        .target(
            name: "KBackupCommands",
            dependencies: ["Operations", "MemoryAllocator", argumentParser, logging, system],
            path: "Sources/App/KBackupCommands"
        ),
        .executableTarget(
            name: "kbackup",
            dependencies: ["KBackupCommands", argumentParser],
            path: "Sources/App/kbackup"
        ),

        // Tests
        .target(
            name: "ObjectStoreTestSupport",
            dependencies: ["ObjectStore"],
            path: "Tests/ObjectStoreTestSupport"
        ),
        .target(name: "FuzzTestSupport", path: "Tests/FuzzTestSupport"),
        .target(name: "UserTestSupport", dependencies: ["CFiles"], path: "Tests/UserTestSupport"),
        .testTarget(
            name: "BackupEngineTests",
            dependencies: ["BackupEngine", "HTTPTransport", "KubeAPI", "KubernetesModel", "ObjectStore", "Repository"]
        ),
        .testTarget(name: "CatalogTests", dependencies: ["Catalog", grdb]),
        .testTarget(name: "ChunkingTests", dependencies: ["Chunking"]),
        .testTarget(name: "ConcurrencyTests", dependencies: ["Concurrency"]),
        .testTarget(name: "EtcdTests", dependencies: ["Etcd", "HTTPTransport", crypto, httpTypes, subprocess, system]),
        .testTarget(
            name: "FileEngineTests",
            dependencies: [
                "FileEngine", "CFiles", "FuzzTestSupport", "ObjectStore", "Repository", "UserTestSupport", system,
            ]
        ),
        .testTarget(name: "HTTPTransportTests", dependencies: ["HTTPTransport", httpTypes]),
        .testTarget(
            name: "KBackupCommandsTests",
            dependencies: ["KBackupCommands", "Operations", argumentParser, system]
        ),
        .testTarget(name: "KubeAPITests", dependencies: ["KubeAPI", "KubernetesModel", "HTTPTransport"]),
        .testTarget(name: "KubernetesModelTests", dependencies: ["KubernetesModel"]),
        .testTarget(
            name: "ObjectStoreConformanceTests",
            dependencies: ["ObjectStore", "S3ObjectStore", "Concurrency", system]
        ),
        .testTarget(name: "ObjectStoreTests", dependencies: ["ObjectStore", "UserTestSupport", system]),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "Operations", "BackupEngine", "RestoreEngine", "Repository", "ObjectStore", "KubeAPI",
                "KubernetesModel",
                "Etcd", "ObjectStoreTestSupport", crypto, logging, system, yams,
            ]
        ),
        .testTarget(
            name: "RepositoryTests",
            dependencies: [
                "Repository", "ObjectStore", "ObjectStoreTestSupport", "Chunking", "Concurrency", "FuzzTestSupport",
                "Zstandard", crypto,
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "RestoreEngineTests",
            dependencies: ["RestoreEngine", "KubeAPI", "KubernetesModel", "Repository", "ObjectStore"]
        ),
        .testTarget(
            name: "S3ObjectStoreTests",
            dependencies: ["S3ObjectStore", "ObjectStore", "HTTPTransport", crypto, httpTypes]
        ),
        .testTarget(name: "ZstandardTests", dependencies: ["Zstandard"]),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            .strictMemorySafety(),
            .treatAllWarnings(as: .error),
        ]
}

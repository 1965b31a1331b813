// swift-tools-version: 6.1
import PackageDescription

/// One list of settings for every Swift target: Swift 6 mode, explicit existentials and explicit member imports.
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "osusume",
  platforms: [.macOS(.v14)],
  products: [
    .executable(name: "osusumed", targets: ["osusumed"]),
    .executable(name: "osusume", targets: ["osusume"]),
    .library(name: "OsusumeClient", targets: ["OsusumeClient"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    .target(name: "CKernels"),
    .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),
    .target(name: "Frames", swiftSettings: house),
    .target(name: "Wire", dependencies: ["Frames"], swiftSettings: house),
    .target(
      name: "Knowledge",
      dependencies: ["Frames", .product(name: "Yams", package: "Yams")],
      swiftSettings: house),
    .target(name: "LanguageModel", dependencies: ["CKernels"], swiftSettings: house),
    .target(
      name: "RemoteModel",
      dependencies: [
        "LanguageModel", .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: house),
    .target(
      name: "JapaneseWords",
      resources: [
        .copy("Resources/words-ja.bin"), .copy("Resources/IPADIC-LICENCE.txt"), .copy("Resources/vectors-ja.bin"),
        .copy("Resources/VECTORS-LICENCE.txt"),
      ],
      swiftSettings: house),
    .target(
      name: "Understanding", dependencies: ["CKernels", "Frames", "Knowledge", "LanguageModel", "JapaneseWords"],
      swiftSettings: house),
    .target(
      name: "Retrieval", dependencies: ["CKernels", "Frames", "Knowledge", "LanguageModel"],
      swiftSettings: house),
    .target(name: "Ranking", dependencies: ["Frames", "Knowledge", "Retrieval"], swiftSettings: house),
    .target(name: "Replies", dependencies: ["Frames", "Knowledge", "Retrieval", "Ranking"], swiftSettings: house),
    .target(
      name: "Dialogue",
      dependencies: [
        "Frames", "Knowledge", "LanguageModel", "Understanding", "Retrieval", "Ranking", "Replies",
      ],
      swiftSettings: house),
    .target(
      name: "History",
      dependencies: ["Frames", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: house),
    .target(
      name: "Daemon",
      dependencies: [
        "Wire", "Frames", "Knowledge", "LanguageModel", "Dialogue", "History", "Understanding", "Retrieval", "Ranking",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: house),
    .target(name: "OsusumeClient", dependencies: ["Wire", "Frames"], swiftSettings: house),
    .target(
      name: "Evaluation",
      dependencies: ["Frames", "Knowledge", "Understanding", "Retrieval", "Ranking", "Dialogue"],
      swiftSettings: house),
    .executableTarget(
      name: "osusumed",
      dependencies: [
        "Daemon", "Wire", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: house),
    .executableTarget(
      name: "osusume",
      dependencies: [
        "OsusumeClient", "Wire", "Frames", "Knowledge", "LanguageModel", "Retrieval", "Dialogue", "Evaluation", "CReadline",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: house),
    .executableTarget(
      name: "turnbench", dependencies: ["Dialogue", "LanguageModel", "Knowledge", "Frames"], swiftSettings: house),
    .executableTarget(name: "modelbench", dependencies: ["LanguageModel"], swiftSettings: house),
    .testTarget(
      name: "LanguageModelTests", dependencies: ["LanguageModel", "CKernels"], resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "RemoteModelTests",
      dependencies: [
        "RemoteModel", "LanguageModel", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: house),
    .testTarget(name: "JapaneseWordsTests", dependencies: ["JapaneseWords"], swiftSettings: house),
    .testTarget(name: "KnowledgeTests", dependencies: ["Knowledge", "Frames"], swiftSettings: house),
    .testTarget(name: "WireTests", dependencies: ["Wire", "Frames"], swiftSettings: house),
    .testTarget(
      name: "HistoryTests", dependencies: ["History", "Frames", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: house),
    .testTarget(
      name: "RetrievalTests", dependencies: ["Retrieval", "CKernels", "Frames", "Knowledge"], swiftSettings: house),
    .testTarget(
      name: "DialogueTests",
      dependencies: ["Dialogue", "LanguageModel", "Understanding", "Replies", "Evaluation", "Frames", "Knowledge"], swiftSettings: house),
    .testTarget(
      name: "DaemonTests", dependencies: ["OsusumeClient", "Wire", "Frames", "Knowledge", "Evaluation"], swiftSettings: house),
  ]
)

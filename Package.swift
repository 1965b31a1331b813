// swift-tools-version: 6.1
import PackageDescription

/// One list of settings for every Swift target: Swift 6 mode, explicit existentials and explicit member imports.
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Which rooms of the house a room imports.
let imports: [String: [String]] = [
  "Wire": ["Frames"], "Knowledge": ["Frames"], "LanguageModel": ["CKernels"], "RemoteModel": ["LanguageModel"],
  "Training": ["LanguageModel", "CKernels"],
  "Understanding": ["CKernels", "Frames", "Knowledge", "LanguageModel", "JapaneseWords"],
  "Instructions": ["Frames", "Knowledge", "LanguageModel"],
  "TrainingCorpus": ["Frames", "Knowledge", "LanguageModel", "Understanding", "Instructions"],
  "PackTraining": ["Instructions", "Knowledge", "LanguageModel", "Training", "TrainingCorpus"],
  "Retrieval": ["CKernels", "Frames", "Knowledge", "LanguageModel"],
  "Ranking": ["Frames", "Knowledge", "Retrieval"],
  "Replies": ["Frames", "Knowledge", "Retrieval", "Ranking"],
  "Composition": ["Frames", "Knowledge", "LanguageModel", "Instructions", "Understanding", "Retrieval", "Replies"],
  "Dialogue": ["Frames", "Knowledge", "LanguageModel", "Understanding", "Retrieval", "Ranking", "Replies", "Composition"],
  "History": ["Frames"],
  "Daemon": [
    "Wire", "Frames", "Knowledge", "LanguageModel", "RemoteModel", "Composition", "Dialogue", "History", "Understanding", "Retrieval",
    "Ranking",
  ],
  "OsusumeClient": ["Wire", "Frames"],
  "Evaluation": [
    "Frames", "Knowledge", "LanguageModel", "Instructions", "Understanding", "Retrieval", "Ranking", "Composition", "Dialogue",
  ],
  "osusumed": ["Daemon", "RemoteModel", "Wire"],
  "osusume": [
    "OsusumeClient", "Wire", "Frames", "Knowledge", "LanguageModel", "Retrieval", "Dialogue", "Evaluation", "CReadline", "PackTraining",
    "Training",
  ],
  "turnbench": ["Dialogue", "LanguageModel", "Training", "Knowledge", "Frames"],
  "LanguageModelTests": ["LanguageModel", "CKernels"], "RemoteModelTests": ["RemoteModel", "LanguageModel"],
  "TrainingTests": ["Training", "LanguageModel", "CKernels"],
  "TrainingCorpusTests": ["TrainingCorpus", "Instructions", "Frames", "Knowledge", "LanguageModel", "Understanding"],
  "JapaneseWordsTests": ["JapaneseWords"],
  "KnowledgeTests": ["Knowledge", "Frames"], "WireTests": ["Wire", "Frames"], "HistoryTests": ["History", "Frames"],
  "RetrievalTests": ["Retrieval", "CKernels", "Frames", "Knowledge"],
  "CompositionTests": ["Composition"],
  "DialogueTests": [
    "Composition", "Dialogue", "LanguageModel", "Understanding", "Retrieval", "Replies", "Evaluation", "Frames", "Knowledge",
  ],
  "DaemonTests": ["OsusumeClient", "Wire", "Frames", "Knowledge", "LanguageModel", "Evaluation"],
]

/// All rooms below one, not only those that it imports: SwiftPM compiles a room anew when a room that it depends on has changed, and a
/// value may hold another whose stored properties are declared two rooms down. Without this an incremental build could crash.
func below(_ name: String) -> [Target.Dependency] {
  var all = Set<String>()
  var open = imports[name] ?? []
  while let room = open.popLast() {
    if all.insert(room).inserted { open += imports[room] ?? [] }
  }
  return all.sorted().map { .target(name: $0) }
}

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
    .target(name: "Wire", dependencies: below("Wire"), swiftSettings: house),
    .target(name: "Knowledge", dependencies: below("Knowledge") + [.product(name: "Yams", package: "Yams")], swiftSettings: house),
    .target(name: "LanguageModel", dependencies: below("LanguageModel"), swiftSettings: house),
    .target(name: "Training", dependencies: below("Training"), swiftSettings: house),
    .target(name: "PackTraining", dependencies: below("PackTraining"), swiftSettings: house),
    .target(name: "Instructions", dependencies: below("Instructions"), swiftSettings: house),
    .target(name: "TrainingCorpus", dependencies: below("TrainingCorpus"), swiftSettings: house),
    .target(
      name: "RemoteModel",
      dependencies: below("RemoteModel") + [
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
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
    .target(name: "Understanding", dependencies: below("Understanding"), swiftSettings: house),
    .target(name: "Retrieval", dependencies: below("Retrieval"), swiftSettings: house),
    .target(name: "Ranking", dependencies: below("Ranking"), swiftSettings: house),
    .target(name: "Replies", dependencies: below("Replies"), swiftSettings: house),
    .target(name: "Composition", dependencies: below("Composition"), swiftSettings: house),
    .target(name: "Dialogue", dependencies: below("Dialogue"), swiftSettings: house),
    .target(
      name: "History", dependencies: below("History") + [.product(name: "GRDB", package: "GRDB.swift")], swiftSettings: house),
    .target(
      name: "Daemon",
      dependencies: below("Daemon") + [
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: house),
    .target(name: "OsusumeClient", dependencies: below("OsusumeClient"), swiftSettings: house),
    .target(name: "Evaluation", dependencies: below("Evaluation"), swiftSettings: house),
    .executableTarget(
      name: "osusumed",
      dependencies: below("osusumed") + [
        .product(name: "ArgumentParser", package: "swift-argument-parser"), .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: house),
    .executableTarget(
      name: "osusume",
      dependencies: below("osusume") + [.product(name: "ArgumentParser", package: "swift-argument-parser")], swiftSettings: house),
    .executableTarget(name: "turnbench", dependencies: below("turnbench"), swiftSettings: house),
    .testTarget(
      name: "LanguageModelTests", dependencies: below("LanguageModelTests"), resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(
      name: "RemoteModelTests",
      dependencies: below("RemoteModelTests") + ["ServerFixture", .product(name: "NIOHTTP1", package: "swift-nio")],
      swiftSettings: house),
    // A model server that answers as a test says; for tests alone.
    .target(
      name: "ServerFixture",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      path: "Tests/ServerFixture", swiftSettings: house),
    .testTarget(
      name: "TrainingTests", dependencies: below("TrainingTests"), resources: [.copy("Fixtures")], swiftSettings: house),
    .testTarget(name: "TrainingCorpusTests", dependencies: below("TrainingCorpusTests"), swiftSettings: house),
    .testTarget(name: "JapaneseWordsTests", dependencies: below("JapaneseWordsTests"), swiftSettings: house),
    .testTarget(name: "KnowledgeTests", dependencies: below("KnowledgeTests"), swiftSettings: house),
    .testTarget(name: "WireTests", dependencies: below("WireTests"), swiftSettings: house),
    .testTarget(
      name: "HistoryTests", dependencies: below("HistoryTests") + [.product(name: "GRDB", package: "GRDB.swift")], swiftSettings: house),
    .testTarget(name: "RetrievalTests", dependencies: below("RetrievalTests"), swiftSettings: house),
    .testTarget(name: "CompositionTests", dependencies: below("CompositionTests"), swiftSettings: house),
    .testTarget(name: "DialogueTests", dependencies: below("DialogueTests"), swiftSettings: house),
    .testTarget(name: "DaemonTests", dependencies: below("DaemonTests") + ["ServerFixture"], swiftSettings: house),
  ]
)

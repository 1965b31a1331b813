import Dialogue
import Foundation
import Frames
import History
import Knowledge
import Logging
import Wire

/// Sends each request to its method.
struct Router: Sendable {
  let chat: ChatService
  let packs: PackRegistry
  let stats: Stats
  let log: Logger
  let started = Date().timeIntervalSince1970
  static let version = "0.1.0"

  static let methods = [
    "daemon.info", "daemon.health", "daemon.stats", "pack.list", "pack.info", "pack.load", "pack.unload", "chat.open",
    "chat.send", "chat.history", "chat.list", "chat.close", "chat.forget", "chat.cancel", "understand", "retrieve",
    "recommend", "explain", "feedback", "profile.get", "profile.forget",
  ]

  /// - Parameter emit: sends a piece of a streamed reply.
  func handle(_ request: Request, emit: @escaping @Sendable (String) async throws -> Void) async throws -> JSONValue {
    await stats.count(.requests)
    var params = Params(request)
    switch request.method {
    case "daemon.info": return try await info(params)
    case "daemon.health":
      try params.finish()
      return .object(["ready": .bool(true), "encoder": .bool(await packs.hasEncoder)])
    case "daemon.stats":
      try params.finish()
      return try await statistics()
    case "pack.list": return try await list(params)
    case "pack.info":
      let id = try params.text("pack")
      try params.finish()
      return Self.describe(try await packs.runtime(id))
    case "pack.load":
      let path = try params.text("path", longest: 4096)
      try params.finish()
      return Self.describe(try await packs.load(URL(fileURLWithPath: path)))
    case "pack.unload":
      let id = try params.text("pack")
      try params.finish()
      try await packs.unload(id)
      return .object(["unloaded": .string(id)])
    case "chat.open": return try await chat.open(&params)
    case "chat.send": return try await chat.send(&params, emit: emit)
    case "chat.history": return try chat.turns(&params)
    case "chat.list": return try chat.list(&params)
    case "chat.close": return try await chat.close(&params)
    case "chat.forget": return try await chat.forget(&params)
    case "understand": return try await chat.understand(&params)
    case "retrieve": return try await chat.retrieve(&params)
    case "recommend": return try await chat.recommend(&params)
    case "explain": return try await chat.explain(&params)
    case "feedback": return try await chat.feedback(&params)
    case "profile.get": return try await chat.profile(&params)
    case "profile.forget": return try await chat.forgetProfile(&params)
    default:
      throw RPCError(
        .unknownMethod, "There is no method \"\(request.method.prefix(80))\"", reason: "unknown_method",
        hint: "Use: \(Self.methods.joined(separator: ", "))")
    }
  }

  private func info(_ params: Params) async throws -> JSONValue {
    try params.finish()
    return .object([
      "name": .string("osusume"), "version": .string(Self.version), "protocol": .number(1),
      "pid": .number(Double(ProcessInfo.processInfo.processIdentifier)), "started": .number(started),
      "packs": .array(await packs.list().map { .string($0.pack.manifest.id) }),
      "defaultPack": .string(chat.defaultPack), "historyOnDisk": .bool(chat.history.file != nil),
    ])
  }

  private func statistics() async throws -> JSONValue {
    guard case .object(var fields) = await stats.json() else { return .null }
    fields["languageModel"] = try await chat.models.statistics()
    return .object(fields)
  }

  private func list(_ params: Params) async throws -> JSONValue {
    try params.finish()
    let loaded = await packs.list()
    let names = Set(loaded.map(\.pack.manifest.id))
    var entries = loaded.map { Self.describe($0) }
    for (name, folder) in await packs.available() where !names.contains(name) {
      entries.append(.object(["id": .string(name), "loaded": .bool(false), "path": .string(folder.path)]))
    }
    return .object(["packs": .array(entries)])
  }

  static func describe(_ runtime: PackRuntime) -> JSONValue {
    let pack = runtime.pack
    return .object([
      "id": .string(pack.manifest.id), "loaded": .bool(true), "version": .string(pack.manifest.version),
      "name": .object(pack.manifest.name.mapValues { .string($0) }),
      "description": .object(pack.manifest.description.mapValues { .string($0) }),
      "languages": .array(pack.manifest.languages.map { .string($0) }), "licence": .string(pack.manifest.licence),
      "items": .number(Double(pack.items.count)), "facts": .number(Double(pack.graph.facts.count)),
      "utterances": .number(Double(pack.utterances.count)), "path": .string(pack.folder.path),
    ])
  }
}

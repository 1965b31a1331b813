import Dialogue
import Foundation
import Frames
import History
import Knowledge
import LanguageModel
import Logging
import Retrieval
import Wire

/// The packs that are served. A pack is replaced as a whole: turns in flight finish on the runtime they hold.
public actor PackRegistry {
  private var loaded: [String: PackRuntime] = [:]
  /// Folders in which packs lie, one a subfolder.
  private let domains: [URL]
  private let encoder: (any SentenceEncoder)?
  private let history: HistoryStore
  private let cache: URL?
  private let log: Logger

  public init(domains: [URL], encoder: (any SentenceEncoder)?, history: HistoryStore, cache: URL?, log: Logger) {
    self.history = history
    self.domains = domains
    self.encoder = encoder
    self.cache = cache
    self.log = log
  }

  public var hasEncoder: Bool { encoder != nil }

  /// Folders with a `pack.yaml`, by name of the folder.
  public func available() -> [(name: String, folder: URL)] {
    var found: [(String, URL)] = []
    for parent in domains {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
      for name in names.sorted() where !found.contains(where: { $0.0 == name }) {
        let folder = parent.appendingPathComponent(name)
        if FileManager.default.fileExists(atPath: folder.appendingPathComponent("pack.yaml").path) { found.append((name, folder)) }
      }
    }
    return found
  }

  public func list() -> [PackRuntime] { loaded.values.sorted { $0.pack.manifest.id < $1.pack.manifest.id } }

  /// The pack that is loaded under `id`, loading it if it lies in a known folder.
  public func runtime(_ id: String) async throws -> PackRuntime {
    if let runtime = loaded[id] { return runtime }
    guard let entry = available().first(where: { $0.name == id }) else {
      throw RPCError(
        .notFound, "There is no pack \"\(id)\"", reason: "unknown_pack",
        hint: "Loaded: \(loaded.keys.sorted().joined(separator: ", ")); available: \(available().map(\.name).joined(separator: ", "))")
    }
    return try await load(entry.folder)
  }

  /// Reads, trains or takes from the cache, and serves; an older version of the same pack is replaced.
  @discardableResult
  public func load(_ folder: URL) async throws -> PackRuntime {
    let (encoder, cache) = (encoder, cache)
    let runtime = try await Task.detached { try PackRuntime(pack: Self.read(folder), encoder: encoder, cache: cache) }.value
    let id = runtime.pack.manifest.id
    var fresh = runtime
    for event in try history.feedback(pack: id) {
      fresh.retriever.behaviour.note(item: event.item, person: event.user, kind: event.kind)
    }
    loaded[id] = fresh
    log.info("pack loaded", metadata: ["pack": "\(id)", "items": "\(runtime.pack.items.count)"])
    return fresh
  }

  private static func read(_ folder: URL) throws -> Pack {
    do {
      return try PackReader.read(folder)
    } catch {
      let errors = error.faults.filter { $0.severity == .error }
      throw RPCError(
        .badPack, errors.first?.description ?? "The pack cannot be read", reason: "bad_pack",
        hint: "Run `osusume pack check \(folder.path)`: \(errors.count) fault\(errors.count == 1 ? "" : "s")")
    }
  }

  public func unload(_ id: String) throws {
    guard loaded.removeValue(forKey: id) != nil else {
      throw RPCError(.notFound, "The pack \"\(id)\" is not loaded", reason: "unknown_pack", hint: "See pack.list")
    }
    log.info("pack unloaded", metadata: ["pack": "\(id)"])
  }

  /// Lets feedback count at once.
  public func note(_ event: FeedbackEvent) {
    loaded[event.pack]?.retriever.behaviour.note(item: event.item, person: event.user, kind: event.kind)
  }
}

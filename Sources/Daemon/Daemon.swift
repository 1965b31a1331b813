import Foundation
import Frames
import History
import LanguageModel
import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals
import Wire

/// Everything a daemon is started with.
public struct DaemonConfiguration: Sendable {
  public var places: Places
  /// Folders in which packs lie.
  public var domains: [URL]
  /// Hugging Face folder of all-MiniLM-L6-v2; nil serves without dense retrieval.
  public var encoder: URL?
  public var defaultPack: String
  public var keepsHistory: Bool
  /// Packs to load before the socket opens.
  public var preload: [String]
  /// What words the replies.
  public var models: LanguageModelConfiguration

  public init(
    places: Places, domains: [URL], encoder: URL?, defaultPack: String = "tokyo", keepsHistory: Bool = true,
    preload: [String]? = nil, models: LanguageModelConfiguration = LanguageModelConfiguration()
  ) {
    self.models = models
    self.places = places
    self.domains = domains
    self.encoder = encoder
    self.defaultPack = defaultPack
    self.keepsHistory = keepsHistory
    self.preload = preload ?? [defaultPack]
  }
}

/// Puts the parts together and runs until a signal or `stop` ends it.
public struct Daemon: Sendable {
  private let configuration: DaemonConfiguration
  private let log: Logger

  public init(_ configuration: DaemonConfiguration, log: Logger) {
    self.configuration = configuration
    self.log = log
  }

  /// Returns after a graceful shutdown.
  public func run(signals: Bool = true) async throws {
    // Whatever is written from here on is for this user alone.
    umask(0o077)
    let places = configuration.places
    let lock = try SocketLock(socket: places.socket)
    let history = try HistoryStore(file: configuration.keepsHistory ? places.history : nil)
    let encoder = try configuration.encoder.map { CachedEncoder(try MiniLM(folder: $0)) }
    if encoder == nil { log.warning("no sentence encoder: dense retrieval is off", metadata: ["mend": "make setup"]) }
    let packs = PackRegistry(
      domains: configuration.domains, encoder: encoder, history: history, cache: places.cache, log: log)
    for id in configuration.preload { _ = try await packs.runtime(id) }
    let models = try LanguageModels(
      configuration.models, installed: { Installation.model(named: $0, places) }, packedModels: places.packedModels)
    if let name = models.name { log.info("replies are worded by a model", metadata: ["model": "\(name)"]) }
    let stats = Stats()
    let chat = ChatService(
      packs: packs, conversations: Conversations(history: history), history: history, stats: stats, models: models,
      defaultPack: configuration.defaultPack)
    let router = Router(chat: chat, packs: packs, stats: stats, log: log)
    let server = SocketServer(lock: lock, connection: Connection(router: router, stats: stats, log: log), log: log)
    let group = ServiceGroup(
      configuration: .init(
        services: [.init(service: server)], gracefulShutdownSignals: signals ? [.sigterm, .sigint] : [], logger: log))
    try await group.run()
  }
}

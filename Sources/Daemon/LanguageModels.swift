import Composition
import Dialogue
import Foundation
import Frames
import LanguageModel
import RemoteModel
import Retrieval

/// Which model words the replies: one in this process, one behind a server, or the server's with the local one to fall back on.
public struct LanguageModelConfiguration: Sendable {
  /// A GGUF file.
  public var file: URL?
  public var remote: RemoteModelConfiguration?
  public var threads: Int
  /// Bytes for keys and values of all conversations.
  public var cacheMemory: Int
  /// For a whole reply.
  public var timeLimit: Duration

  public init(
    file: URL? = nil, remote: RemoteModelConfiguration? = nil, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    cacheMemory: Int = 512 << 20, timeLimit: Duration = .seconds(20)
  ) {
    self.file = file
    self.remote = remote
    self.threads = threads
    self.cacheMemory = cacheMemory
    self.timeLimit = timeLimit
  }
}

/// The daemon's language models, and what became of what they wrote: the one that its user chose, else each pack's own.
struct LanguageModels: Sendable {
  private let chosen: ChosenModel?
  private let packs: PackModels
  private let tally = CompositionTally()
  private let limits: ReplyComposer.Limits

  /// - Parameters:
  ///   - installed: finds a model that comes with Osusume by its name.
  ///   - packedModels: where repacked weights are kept.
  /// - Throws: `DecoderError`, `TokenizerError` or `RemoteModelError`: a model that is asked for and cannot be had is said at once.
  init(_ configuration: LanguageModelConfiguration, installed: @escaping @Sendable (String) -> URL?, packedModels: URL?) throws {
    limits = ReplyComposer.Limits(time: configuration.timeLimit)
    chosen = try ChosenModel(configuration, packedModels: packedModels)
    packs = PackModels(threads: configuration.threads, installed: installed, packedModels: packedModels)
  }

  /// Of the model that the daemon's user chose; nil if none was chosen.
  var name: String? { chosen?.name }

  /// Nil where no model is to be had: the plain wording speaks.
  func composer(for runtime: PackRuntime) async -> ReplyComposer? {
    func composer(_ generator: any TextGenerator, _ kind: ReplyComposer.Kind) -> ReplyComposer {
      ReplyComposer(
        generator, kind: kind, pack: runtime.pack, understander: runtime.understander, matcher: runtime.retriever.matcher, tally: tally,
        limits: limits)
    }
    if let chosen { return composer(chosen.generator, .chat) }
    return await packs.generator(for: runtime.pack).map { composer($0, .instructed) }
  }

  func statistics() async throws -> JSONValue {
    let models = await packs.statistics()
    guard chosen != nil || !models.isEmpty else { return .null }
    var fields: [String: JSONValue] = ["replies": try .encoding(tally.counts)]
    if let chosen { fields.merge(try await chosen.statistics()) { first, _ in first } }
    if !models.isEmpty { fields["packs"] = .object(models) }
    return .object(fields)
  }
}

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

/// The daemon's language models, and what became of what they wrote.
struct LanguageModels: Sendable {
  private let generator: (any TextGenerator)?
  private let local: Generator?
  private let remote: RemoteModel?
  private let fallback: FallbackGenerator?
  private let tally = CompositionTally()
  private let limits: ReplyComposer.Limits
  /// For the log and the statistics; nil without a model.
  let name: String?

  /// - Parameter packedModels: where repacked weights are kept.
  /// - Throws: `DecoderError`, `TokenizerError` or `RemoteModelError`: a model that is asked for and cannot be had is said at once.
  init(_ configuration: LanguageModelConfiguration, packedModels: URL?) throws {
    limits = ReplyComposer.Limits(time: configuration.timeLimit)
    var local: Generator?
    var writer: LocalTextGenerator?
    if let file = configuration.file {
      let model = try LoadedModel(path: file.path, cacheFolder: packedModels?.path)
      let generator = try Generator(model.decoder, threads: configuration.threads, cacheMemory: configuration.cacheMemory)
      local = generator
      writer = try model.textGenerator(generator)
    }
    let remote = try configuration.remote.map { try RemoteModel($0) }
    self.local = local
    self.remote = remote
    switch (remote, writer) {
    case (let remote?, let writer?):
      let both = FallbackGenerator(primary: remote, fallback: writer)
      (fallback, generator) = (both, both)
    case (let remote?, nil): (fallback, generator) = (nil, remote)
    case (nil, let writer): (fallback, generator) = (nil, writer)
    }
    let names = [configuration.remote.map { "\($0.model) at \($0.baseURL)" }, configuration.file?.lastPathComponent].compactMap { $0 }
    name = names.isEmpty ? nil : names.joined(separator: ", else ")
  }

  /// Nil where no model is configured: the plain wording speaks.
  func composer(for runtime: PackRuntime) -> ReplyComposer? {
    guard let generator else { return nil }
    return ReplyComposer(
      generator, pack: runtime.pack, understander: runtime.understander, matcher: runtime.retriever.matcher, tally: tally, limits: limits)
  }

  func statistics() async throws -> JSONValue {
    guard let name else { return .null }
    var fields: [String: JSONValue] = ["name": .string(name), "replies": try .encoding(tally.counts)]
    if let remote { fields["remote"] = try .encoding(remote.counts) }
    if let fallback { fields["fallback"] = try .encoding(fallback.counts) }
    if let local {
      let statistics = await local.cacheStatistics
      fields["promptTokens"] = .object([
        "all": .number(Double(statistics.promptTokens)), "shared": .number(Double(statistics.sharedTokens)),
      ])
    }
    return .object(fields)
  }
}

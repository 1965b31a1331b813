import Foundation
import Frames
import LanguageModel
import RemoteModel

/// The model that the daemon's user chose for all packs: a file, a server, or the server with the file to fall back on.
struct ChosenModel: Sendable {
  let generator: any TextGenerator
  /// For the log and the statistics.
  let name: String
  private let local: Generator?
  private let remote: RemoteModel?
  private let fallback: FallbackGenerator?

  /// Nil if none is configured.
  init?(_ configuration: LanguageModelConfiguration, packedModels: URL?) throws {
    var local: Generator?
    var writer: LocalTextGenerator?
    if let file = configuration.file {
      let model = try LoadedModel(path: file.path, cacheFolder: packedModels?.path)
      let generator = try Generator(model.decoder, threads: configuration.threads, cacheMemory: configuration.cacheMemory)
      local = generator
      writer = try model.textGenerator(generator)
    }
    let remote = try configuration.remote.map { try RemoteModel($0) }
    switch (remote, writer) {
    case (let remote?, let writer?):
      let both = FallbackGenerator(primary: remote, fallback: writer)
      (fallback, generator) = (both, both)
    case (let remote?, nil): (fallback, generator) = (nil, remote)
    case (nil, let writer?): (fallback, generator) = (nil, writer)
    case (nil, nil): return nil
    }
    (self.local, self.remote) = (local, remote)
    let names = [configuration.remote.map { "\($0.model) at \($0.baseURL)" }, configuration.file?.lastPathComponent].compactMap { $0 }
    name = names.joined(separator: ", else ")
  }

  func statistics() async throws -> [String: JSONValue] {
    var fields: [String: JSONValue] = ["name": .string(name)]
    if let remote { fields["remote"] = try .encoding(remote.counts) }
    if let fallback { fields["fallback"] = try .encoding(fallback.counts) }
    if let local { fields["promptTokens"] = await local.promptTokens }
    return fields
  }
}

extension Generator {
  /// Tokens of all prompts, and those of them whose keys and values were there already.
  var promptTokens: JSONValue {
    let statistics = cacheStatistics
    return .object(["all": .number(Double(statistics.promptTokens)), "shared": .number(Double(statistics.sharedTokens))])
  }
}

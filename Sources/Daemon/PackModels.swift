import Foundation
import Frames
import Knowledge
import LanguageModel

/// The language models that packs name, loaded when a turn first asks for one. Packs with the same model share it, each with its adapter.
actor PackModels {
  private enum Entry {
    case ready(LoadedModel, Generator)
    case failed(String)
  }

  /// Bytes for keys and values of one model's texts.
  private static let cacheMemory = 64 << 20

  private let threads: Int
  private let installed: @Sendable (String) -> URL?
  private let packedModels: URL?
  private var models: [String: Entry] = [:]
  /// By pack and version; nil for one whose model cannot be had.
  private var writers: [String: LocalTextGenerator?] = [:]

  init(threads: Int, installed: @escaping @Sendable (String) -> URL?, packedModels: URL?) {
    (self.threads, self.installed, self.packedModels) = (threads, installed, packedModels)
  }

  /// Nil if the pack names none, or it cannot be had: `statistics` says why, and the turn goes on without.
  func generator(for pack: Pack) -> LocalTextGenerator? {
    guard let choice = pack.manifest.models else { return nil }
    let key = "\(pack.folder.path) \(pack.manifest.version)"
    if let known = writers[key] { return known }
    let writer = writer(choice, pack)
    writers[key] = .some(writer)
    return writer
  }

  private func writer(_ choice: ModelChoice, _ pack: Pack) -> LocalTextGenerator? {
    let isOwn = choice.language.contains("/")
    guard let file = isOwn ? pack.folder.appendingPathComponent(choice.language) : installed(choice.language) else {
      models[choice.language] = .failed("there is no model \"\(choice.language)\" in the installation")
      return nil
    }
    do {
      let (model, generator) = try load(file)
      var attachments = DecoderAttachments()
      if let adapter = choice.adapter {
        attachments.adapters = [.init(try LoRAAdapter(path: pack.folder.appendingPathComponent(adapter).path, for: model.decoder))]
      }
      return try model.textGenerator(generator, attachments: attachments)
    } catch {
      models[file.path] = .failed("\(error)")
      return nil
    }
  }

  private func load(_ file: URL) throws -> (LoadedModel, Generator) {
    if case .ready(let model, let generator) = models[file.path] { return (model, generator) }
    let model = try LoadedModel(path: file.path, cacheFolder: packedModels?.path)
    let generator = try Generator(model.decoder, threads: threads, cacheMemory: Self.cacheMemory)
    models[file.path] = .ready(model, generator)
    return (model, generator)
  }

  /// By file name.
  func statistics() async -> [String: JSONValue] {
    var fields: [String: JSONValue] = [:]
    for (path, entry) in models {
      let name = URL(fileURLWithPath: path).lastPathComponent
      switch entry {
      case .ready(_, let generator): fields[name] = .object(["promptTokens": await generator.promptTokens])
      case .failed(let problem): fields[name] = .object(["problem": .string(problem)])
      }
    }
    return fields
  }
}

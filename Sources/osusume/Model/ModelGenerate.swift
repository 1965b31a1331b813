import ArgumentParser
import Foundation
import Frames
import LanguageModel
import Wire

struct ModelGenerate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Write text with a model.",
    discussion: "The prompt is what a user says to a chat model, on standard input if it is not given; Ctrl-C ends the text.")
  @OptionGroup var options: GlobalOptions
  @OptionGroup(title: "Choice of tokens") var sampling: SamplingOptions
  @OptionGroup(title: "What may be written") var pattern: PatternOptions
  @OptionGroup(title: "What was learned besides") var adapters: AdapterOptions
  @OptionGroup var threads: ThreadOptions
  @Flag(help: "Go on with the prompt as it stands, without a chat template.") var raw = false
  @Option(help: "What the model is told before the prompt.") var system: String?
  @Option(help: "Chat template: \(ChatTemplate.allCases.map(\.rawValue).joined(separator: ", ")) (else the file's).") var template: String?
  @Option(help: "Tokens that are written at most.") var maxTokens = 256
  @Argument(help: "A GGUF file.", completion: .file(extensions: ["gguf"])) var file: String
  @Argument(help: "The prompt.") var prompt: [String] = []

  func validate() throws {
    guard (1...1 << 24).contains(maxTokens) else { throw ValidationError("--max-tokens is 1 or more.") }
    guard !raw || system == nil && template == nil else { throw ValidationError("--raw goes without --system and --template.") }
    if let template, ChatTemplate(rawValue: template) == nil {
      throw ValidationError("--template is one of \(ChatTemplate.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
  }

  func run() async throws {
    let text = try textArgument(prompt)
    let pattern = try pattern.pattern()
    let model = try LoadedModel(
      path: file, template: template.flatMap(ChatTemplate.init(rawValue:)), cacheFolder: options.places.packedModels.path)
    let attachments = try adapters.attachments(for: model.decoder)
    let tokens = raw ? model.prompt(raw: text) : try model.prompt(messages(text))
    var request = try model.request(tokens, sampling: sampling.sampling(), maximumTokens: maxTokens, pattern: pattern)
    request.attachments = attachments
    let generator = try Generator(
      model.decoder, threads: threads.count,
      cacheMemory: KVCache.bytes(for: attachments.softPositions + tokens.count + maxTokens, of: model.decoder),
      limits: .init(running: 1))
    let streams = !options.json
    let written = try await Interruption.handle { [request] in
      try await Self.write(request, generator, model.tokenizer, stream: streams)
    }
    try options.show(written.json) { "" }
  }

  private func messages(_ text: String) -> [ChatMessage] {
    (system.map { [ChatMessage(.system, $0)] } ?? []) + [ChatMessage(.user, text)]
  }

  /// Gives the text out as it is written, if asked to, and says at the end how fast that was.
  private static func write(
    _ request: GenerationRequest, _ generator: Generator, _ tokenizer: any TextTokenizer, stream: Bool
  ) async throws -> WrittenText {
    var written = WrittenText(promptTokens: request.prompt.count, seed: request.sampling.seed)
    var characters = UTF8Stream()
    func give(_ text: String) {
      written.text += text
      if stream { Terminal.out(text) }
    }
    for try await event in generator.generate(request) {
      switch event {
      case .token(let token):
        written.count()
        give(characters.append(tokenizer.bytes(of: token)))
      case .ended(let reason): written.end(reason)
      }
    }
    give(characters.finish())
    if stream { Terminal.out("\n") }
    Terminal.note(written.speed)
    return written
  }
}

/// A text with what it took.
private struct WrittenText: Sendable {
  let promptTokens: Int
  let seed: UInt64
  var text = ""
  private var end: GenerationEnd?
  private var tokens = 0
  private let start = ContinuousClock.now
  private var first: ContinuousClock.Instant?
  private var last: ContinuousClock.Instant?

  init(promptTokens: Int, seed: UInt64) {
    self.promptTokens = promptTokens
    self.seed = seed
  }

  /// One token more.
  mutating func count() {
    last = ContinuousClock.now
    first = first ?? last
    tokens += 1
  }

  mutating func end(_ reason: GenerationEnd) {
    end = reason
    last = ContinuousClock.now
  }

  private var prefillRate: Double? { first.map { Double(promptTokens) / ($0 - start).seconds } }
  /// Of the tokens after the first, whose time is the prompt's; those that a constraint forces take none of their own.
  private var decodeRate: Double? {
    guard let first, let last, tokens > 1 else { return nil }
    return Double(tokens - 1) / (last - first).seconds
  }

  var speed: String {
    let prompt = prefillRate.map { ", \(rate($0)) a second" } ?? ""
    let text = decodeRate.map { ", \(rate($0)) a second" } ?? ""
    return "[prompt \(promptTokens) tokens\(prompt); text \(tokens) tokens\(text); \(ending); seed \(seed)]"
  }

  private var ending: String {
    switch end {
    case .stopToken: "ended by the model"
    case .maximumTokens: "cut at --max-tokens"
    case .constraint: "complete"
    case .contextFull: "cut where the context is full"
    case nil: "interrupted"
    }
  }

  private var reason: String {
    switch end {
    case .stopToken, .constraint: "stop"
    case .maximumTokens, .contextFull: "length"
    case nil: "interrupted"
    }
  }

  var json: JSONValue {
    var fields: [String: JSONValue] = [
      "text": .string(text), "promptTokens": .number(Double(promptTokens)), "textTokens": .number(Double(tokens)), "end": .string(reason),
      "seed": .number(Double(seed)),
    ]
    if let prefillRate { fields["promptTokensPerSecond"] = .number(prefillRate) }
    if let decodeRate { fields["textTokensPerSecond"] = .number(decodeRate) }
    return .object(fields)
  }
}

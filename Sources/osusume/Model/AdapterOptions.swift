import ArgumentParser
import LanguageModel

/// What was learned for a model besides its weights.
struct AdapterOptions: ParsableArguments {
  @Option(
    name: .customLong("lora"),
    help: "A GGUF file with a LoRA adapter, and after a colon its strength if that is not 1; may be given often.",
    completion: .file(extensions: ["gguf"])) var adapters: [String] = []
  @Option(help: "A GGUF file with a learned soft prompt.", completion: .file(extensions: ["gguf"])) var softPrompt: String?

  /// - Throws: `DecoderError` if a file is none, or is another model's.
  func attachments(for model: DecoderModel) throws -> DecoderAttachments {
    var attachments = DecoderAttachments()
    for text in adapters {
      let (path, scale) = Self.split(text)
      attachments.adapters.append(.init(try LoRAAdapter(path: path, for: model), scale: scale))
    }
    attachments.softPrompt = try softPrompt.map { path throws(DecoderError) in try SoftPrompt(path: path, for: model) }
    return attachments
  }

  /// "style.gguf:0.5": a name may hold a colon of its own, so only a number after the last one is a strength.
  private static func split(_ text: String) -> (path: String, scale: Float) {
    guard let colon = text.lastIndex(of: ":"), let scale = Float(text[text.index(after: colon)...]) else { return (text, 1) }
    return (String(text[..<colon]), scale)
  }
}

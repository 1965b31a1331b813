import Foundation

/// One turn of a conversation with a model.
public struct ChatMessage: Sendable, Equatable, Codable {
  public enum Role: String, Sendable, Codable, CaseIterable {
    case system, user, assistant
  }
  public var role: Role
  public var content: String

  public init(_ role: Role, _ content: String) { (self.role, self.content) = (role, content) }
}

/// How a conversation is written for a model. The forms are built in: a template that a model file brings is recognised, never run.
///
/// Only the template writes control tokens. What a message says is encoded as plain text, so that a user who writes `<|im_end|>` has said
/// these ten characters and not ended the turn.
public enum ChatTemplate: String, Sendable, CaseIterable {
  /// `<|im_start|>role\ncontent<|im_end|>\n` (OpenAI; Qwen).
  case chatML = "chatml"
  /// ChatML whose answer begins behind an empty `<think>` block, so that Qwen3 answers at once and does not reason first.
  case qwen3
  /// `<|start_header_id|>role<|end_header_id|>\n\ncontent<|eot_id|>` after `bos`, contents trimmed (Meta, Llama 3).
  case llama3
  /// `Role: content` a line, without special tokens but `bos`. As nothing but text marks the turns, what a user says can look like one:
  /// only for models that know no other form.
  case plain

  public init(name: String) throws(TokenizerError) {
    guard let template = Self(rawValue: name) else { throw .unknownChatTemplate(name: name) }
    self = template
  }

  /// The template of `tokenizer.chat_template`, known by the tokens that it writes; `plain` where a model has none.
  /// - Throws: `TokenizerError.unsupportedChatTemplate`.
  public init(metadata: GGUFMetadata) throws(TokenizerError) {
    let template = try TokenizerMetadata(metadata).get { metadata throws(GGUFError) in
      try metadata.string(ifPresent: "tokenizer.chat_template")
    }
    guard let template, !template.isEmpty else {
      self = .plain
      return
    }
    if template.contains("<|im_start|>") {
      self = template.contains("enable_thinking") ? .qwen3 : .chatML
    } else if template.contains("<|start_header_id|>") {
      self = .llama3
    } else {
      throw .unsupportedChatTemplate(file: metadata.file, beginning: String(template.prefix(60)))
    }
  }

  private enum Part {
    case token(String)
    case text(String)
  }

  /// The ids of a conversation.
  /// - Parameters:
  ///   - addGenerationPrompt: whether to open the assistant's next turn.
  /// - Throws: `TokenizerError.templateNeedsToken` if the vocabulary lacks a token that the template writes.
  public func encode(
    _ messages: [ChatMessage], with tokenizer: some TextTokenizer, addGenerationPrompt: Bool = true
  ) throws(TokenizerError) -> [Int32] {
    var ids: [Int32] = []
    if self == .llama3 || tokenizer.addsBOS, let bos = tokenizer.bos { ids.append(bos) }
    var parts = messages.flatMap(write)
    if addGenerationPrompt { parts += generationPrompt }
    // Text between two tokens is encoded as one, as when a whole prompt is.
    var text = ""
    for part in parts {
      switch part {
      case .text(let more): text += more
      case .token(let name):
        guard let token = tokenizer.specialToken(name) else { throw .templateNeedsToken(template: rawValue, token: name) }
        ids += tokenizer.encode(text, special: false)
        text = ""
        ids.append(token)
      }
    }
    return ids + tokenizer.encode(text, special: false)
  }

  private func write(_ message: ChatMessage) -> [Part] {
    let role = message.role.rawValue
    switch self {
    case .chatML, .qwen3:
      return [.token("<|im_start|>"), .text(role + "\n" + message.content), .token("<|im_end|>"), .text("\n")]
    case .llama3:
      return [
        .token("<|start_header_id|>"), .text(role), .token("<|end_header_id|>"),
        .text("\n\n" + message.content.trimmingCharacters(in: .whitespacesAndNewlines)),
        .token("<|eot_id|>"),
      ]
    case .plain: return [.text(role.capitalized + ": " + message.content + "\n")]
    }
  }

  private var generationPrompt: [Part] {
    switch self {
    case .chatML: [.token("<|im_start|>"), .text("assistant\n")]
    case .qwen3: [.token("<|im_start|>"), .text("assistant\n"), .token("<think>"), .text("\n\n"), .token("</think>"), .text("\n\n")]
    case .llama3: [.token("<|start_header_id|>"), .text("assistant"), .token("<|end_header_id|>"), .text("\n\n")]
    case .plain: [.text("Assistant:")]
    }
  }
}

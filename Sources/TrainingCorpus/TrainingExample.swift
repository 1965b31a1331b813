import Instructions
import LanguageModel

/// One conversation that a model learns from: what it is asked, and what it should answer.
public struct TrainingExample: Sendable, Equatable {
  public var task: InstructionTask
  /// The pack's id.
  public var pack: String
  public var language: String
  public var split: CorpusSplit
  public var prompt: [ChatMessage]
  public var answer: String

  /// All turns.
  public var messages: [ChatMessage] { prompt + [ChatMessage(.assistant, answer)] }
}

/// A conversation as token ids, and which of them are learned.
public struct TokenizedExample: Sendable, Hashable {
  public var tokens: [Int32]
  /// As long as `tokens`: true for the answer and the token that ends it. What is learned is to predict these.
  public var isLearned: [Bool]
}

extension ChatTemplate {
  /// The ids are those that a generation sees: the prompt as it is encoded for one, then the answer's own.
  /// - Throws: `TokenizerError.templateNeedsToken`, or `.unknownChatTemplate` for a template without a token that ends a turn.
  public func tokenize(_ example: TrainingExample, with tokenizer: some TextTokenizer) throws(TokenizerError) -> TokenizedExample {
    let endName: String
    switch self {
    case .chatML, .qwen3: endName = "<|im_end|>"
    case .llama3: endName = "<|eot_id|>"
    case .plain: throw .unknownChatTemplate(name: rawValue)
    }
    guard let end = tokenizer.specialToken(endName) else { throw .templateNeedsToken(template: rawValue, token: endName) }
    let prompt = try encode(example.prompt, with: tokenizer, addGenerationPrompt: true)
    let answer = tokenizer.encode(example.answer, special: false) + [end]
    return TokenizedExample(
      tokens: prompt + answer,
      isLearned: Array(repeating: false, count: prompt.count) + Array(repeating: true, count: answer.count))
  }
}

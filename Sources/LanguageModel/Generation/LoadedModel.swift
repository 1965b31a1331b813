import Synchronization

/// A decoder with the tokenizer and the chat template of its file: all that turns text into a request, and tokens into text.
///
///     let model = try LoadedModel(path: "model.gguf")
///     let request = try model.request(model.prompt([ChatMessage(.user, "Hello")]), maximumTokens: 100)
///     for try await event in generator.generate(request) { … }
public final class LoadedModel: Sendable {
  public let decoder: DecoderModel
  public let tokenizer: any TextTokenizer
  private let template: Result<ChatTemplate, TokenizerError>
  /// Made when the first constraint asks for it, which takes a moment.
  private let vocabulary = Mutex<VocabularyTrie?>(nil)

  /// - Parameters:
  ///   - path: the GGUF file.
  ///   - template: how conversations are written; nil for what the file says.
  ///   - cacheFolder: where repacked weights are kept, as `DecoderModel` has it.
  /// - Throws: `DecoderError` or `TokenizerError`. A chat template that is not known only matters where a conversation is written.
  public init(path: String, template: ChatTemplate? = nil, cacheFolder: String? = nil) throws {
    decoder = try DecoderModel(path: path, cacheFolder: cacheFolder)
    let metadata = decoder.file.metadata
    tokenizer = try Tokenizers.make(metadata)
    // A model may have rows beyond its tokens, but no token without a row.
    guard tokenizer.vocabularySize <= decoder.configuration.vocabularySize else {
      throw TokenizerError.countsDiffer(
        file: path, field: "tokenizer.ggml.tokens", found: tokenizer.vocabularySize, expected: decoder.configuration.vocabularySize)
    }
    self.template = Result { () throws(TokenizerError) in
      if let template { return template }
      return try ChatTemplate(metadata: metadata)
    }
  }

  /// The tokens of a conversation that the model is to go on with. What messages say never becomes a control token.
  /// - Throws: `TokenizerError` if the file's template is not known or lacks its tokens.
  public func prompt(_ messages: [ChatMessage]) throws(TokenizerError) -> [Int32] { try template.get().encode(messages, with: tokenizer) }

  /// The tokens of a text that the model is to go on with, as it stands; special tokens that are written in it become such.
  public func prompt(raw text: String) -> [Int32] {
    let opening = tokenizer.addsBOS ? [tokenizer.bos].compactMap { $0 } : []
    return opening + tokenizer.encode(text, special: true)
  }

  /// A request that stops where the model ends its turn.
  /// - Parameter pattern: what may be written; nil for anything.
  /// - Throws: `TextPattern.CompositionError` if the pattern's parts do not fit together.
  public func request(
    _ prompt: [Int32], sampling: Sampling = Sampling(), maximumTokens: Int, pattern: TextPattern? = nil
  ) throws(TextPattern.CompositionError) -> GenerationRequest {
    var request = GenerationRequest(
      prompt: prompt, sampling: sampling, maximumTokens: maximumTokens, stopTokens: tokenizer.endOfGeneration)
    if let pattern {
      request.constraint = try PatternConstraint(pattern, vocabulary: vocabularyTrie())
      request.spelling = GenerationRequest.Spelling(tokenizer)
    }
    return request
  }

  /// A writer of turns with a generator of this model.
  /// - Throws: `TokenizerError` if the file's template is not known.
  public func textGenerator(_ generator: Generator, attachments: DecoderAttachments = .none) throws(TokenizerError) -> LocalTextGenerator {
    LocalTextGenerator(generator, tokenizer: tokenizer, template: try template.get(), attachments: attachments)
  }

  private func vocabularyTrie() -> VocabularyTrie {
    vocabulary.withLock { known in
      if let known { return known }
      let trie = VocabularyTrie(tokenizer)
      known = trie
      return trie
    }
  }
}

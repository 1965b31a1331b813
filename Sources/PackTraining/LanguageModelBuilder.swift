import Instructions
import Foundation
import Knowledge
import LanguageModel
import Training
import TrainingCorpus

/// Trains a language model on packs' language data: vocabulary, corpus, weights.
public struct LanguageModelBuilder {
  /// What is learned from, and what only measures.
  public struct Corpora: Sendable {
    public var training: TokenizedCorpus
    /// Examples whose wordings are unseen, and those whose items and names are.
    public var unseenWording: TokenizedCorpus
    public var unseenEntity: TokenizedCorpus
    /// Examples longer than the context, which were left out.
    public var tooLong = 0
    public var counts: [String: Int] = [:]
  }

  public let plan: LanguageModelPlan
  private let packs: [Pack]
  private let instructions: InstructionCorpus

  public init(_ packs: [Pack], plan: LanguageModelPlan = LanguageModelPlan()) {
    (self.packs, self.plan) = (packs, plan)
    instructions = InstructionCorpus(packs.map { CorpusSource(pack: $0) }, options: plan.corpus)
  }

  public func vocabulary() throws -> LearnedVocabulary { try PackVocabulary.learn(packs, instructions, size: plan.vocabularySize) }

  /// - Throws: `TokenizerError` if the tokenizer lacks ChatML's tokens, `TrainingError`.
  public func corpora(_ tokenizer: some TextTokenizer) throws -> Corpora {
    var tooLong = 0
    func corpus(_ split: CorpusSplit) throws -> TokenizedCorpus {
      var corpus = TokenizedCorpus(vocabularySize: tokenizer.vocabularySize)
      for (index, example) in instructions.examples(in: split).enumerated() {
        let tokenized = try ChatTemplate.chatML.tokenize(example, with: tokenizer)
        // Each position predicts the next token.
        guard tokenized.tokens.count <= plan.contextLength + 1 else {
          tooLong += 1
          continue
        }
        let learnsPrompt = split == .training && Double(index % 100) < plan.promptShare * 100
        try corpus.append(tokenized.tokens, learned: learnsPrompt ? tokenized.tokens.map { _ in true } : tokenized.isLearned)
      }
      return corpus
    }
    var result = Corpora(
      training: try corpus(.training), unseenWording: try corpus(.unseenWording), unseenEntity: try corpus(.unseenEntity))
    result.tooLong = tooLong
    for (task, count) in instructions.counts(in: .training) { result.counts[task.rawValue] = count }
    return result
  }

  /// A model of the plan's shape with random weights.
  public func freshModel(_ vocabulary: LearnedVocabulary) throws -> TrainableDecoder {
    var metadata = GGUFMetadata()
    vocabulary.write(to: &metadata)
    return try TrainableDecoder(plan.shape(vocabularySize: vocabulary.count), tokenizer: metadata, seed: plan.seed)
  }

  /// - Parameter adaptation: the whole model, or something light beside it.
  public func trainer(
    _ model: TrainableDecoder, _ corpora: Corpora, adaptation: Adaptation = .full, options: TrainingOptions
  ) throws -> DecoderTrainer {
    try DecoderTrainer(
      model, adaptation: adaptation, corpus: corpora.training, heldOut: corpora.unseenWording,
      settings: plan.settings(for: corpora.training),
      options: options)
  }
}

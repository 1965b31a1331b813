import Instructions
import LanguageModel
import Training
import TrainingCorpus

/// All that decides which language model comes out of packs: with the same packs and plan, the same weights to the bit.
public struct LanguageModelPlan: Sendable, Codable {
  public var vocabularySize = 8192
  public var width = 256
  public var layers = 6
  public var heads = 8
  public var keyValueHeads = 4
  public var hiddenWidth = 768
  /// Tokens of the longest conversation; longer ones are left out.
  public var contextLength = 768
  /// How often each example is seen.
  public var epochs = 3.0
  /// Share of the examples whose prompts are learned too: names and facts that come again in a prompt teach copying.
  public var promptShare = 0.5
  public var batchPositions = 4096
  public var passPositions = 4096
  public var learningRate: Float = 1.5e-3
  public var seed: UInt64 = 1
  public var corpus = CorpusOptions()

  public init() {
    corpus.tasks = [.understand, .rewrite, .reply]
    corpus.fillings = 20
    corpus.substitutions = 1
  }

  func shape(vocabularySize: Int) -> DecoderShape {
    DecoderShape(
      width: width, layers: layers, heads: heads, keyValueHeads: keyValueHeads, hiddenWidth: hiddenWidth, vocabularySize: vocabularySize,
      contextLength: contextLength)
  }

  func settings(for corpus: TokenizedCorpus) -> TrainingSettings {
    TrainingSettings(
      steps: TrainingSettings.steps(epochs: epochs, of: corpus, batchPositions: batchPositions), batchPositions: batchPositions,
      passPositions: passPositions, learningRate: learningRate, seed: seed)
  }
}

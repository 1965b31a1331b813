import Foundation
import Frames
import JapaneseWords
import Knowledge
import LanguageModel

/// Turns text into a Frame: entity linking, slot lexicon, and heads trained on the pack's labelled utterances.
public struct Understander: Sendable {
  public let pack: Pack
  public let linker: EntityLinker
  let models: [String: IntentModel]
  private let vocabulary: FieldVocabulary
  private let analyser: Analyser
  /// Probability from which an unsaid constraint is taken as meant; chosen on the development half.
  static let impliedThreshold: Float = 0.25
  /// The same for what an item is, which narrows the list the most.
  static let impliedHardThreshold: Float = 0.5

  /// Trains on the pack's utterances, or loads what an earlier start trained on the same data.
  /// - Parameters:
  ///   - encoders: by language.
  ///   - cache: folder of derived files; nil trains afresh and keeps nothing.
  public init(pack: Pack, encoders: [String: any SentenceEncoder], cache: URL? = nil) throws {
    self.pack = pack
    let vocabulary = FieldVocabulary(pack.utterances)
    self.vocabulary = vocabulary
    linker = EntityLinker(pack: pack, vocabulary: vocabulary)
    let analyser = Analyser(
      linker: linker, lexicon: SlotLexicon(pack: pack), references: ReferenceResolver(pack: pack),
      extractor: FeatureExtractor(japanese: try JapaneseWords.standard.get()), encoders: encoders)
    self.analyser = analyser
    var trained: [String: IntentModel] = [:]
    for language in Set(pack.utterances.map(\.language)).sorted() {
      let utterances = pack.utterances.filter { $0.language == language }
      let store = cache.map { HeadStore(folder: $0, utterances: utterances, pack: pack, encoded: encoders[language] != nil) }
      if let kept = store?.load() {
        trained[language] = kept
        continue
      }
      let inputs = try analyser.analyse(utterances.map(\.text), language).map { (features: $0.features, dense: $0.dense) }
      let model = try IntentModel.train(inputs, utterances)
      try store?.save(model)
      trained[language] = model
    }
    models = trained
  }

  /// - Parameters:
  ///   - shown: items on screen in their order, which "the second one" points at.
  ///   - focus: the item last talked about, which "it" points at.
  ///   - mentioned: the node last talked about that is no item, which "he" points at.
  ///   - language: of the conversation so far, for texts without letters.
  public func understand(
    _ text: String, shown: [String] = [], focus: String? = nil, mentioned: String? = nil, language standing: String = "en"
  ) throws
    -> Frame
  {
    let language = detectLanguage(text, fallback: standing.isEmpty ? "en" : standing)
    let analysis = try analyser.analyse(text, language, mentioned: mentioned)
    let references = analyser.references.resolve(
      analysis.folded, language: language, shown: shown, focus: focus, entities: analysis.entities)
    guard let model = models[language] ?? models["en"] ?? models.values.first else {
      return Frame(
        act: .statement, goal: .recommend, entities: analysis.entities, constraints: analysis.found.map(\.constraint),
        references: references, language: language, confidence: 0)
    }
    let example = model.features.example(analysis.features, dense: analysis.dense)
    let goals = model.goals(example)
    let goal = goals[0].goal
    let actProbabilities = model.acts.probabilities(example)
    let act = Act.allCases[actProbabilities.indices.max { actProbabilities[$0] < actProbabilities[$1] } ?? 0]
    var sentiment: Sentiment?
    if goal == .feedback {
      let scores = model.sentiment.probabilities(example)
      sentiment = IntentModel.sentiments[scores.indices.max { scores[$0] < scores[$1] } ?? 0]
    }
    let asks = [.recommend, .refine, .plan].contains(goal)
    let indirect = asks && goals[0].indirect > 0.7
    let constraints = asks ? withImplied(analysis, example, model) : []
    var frame = Frame(
      act: act, goal: goal, indirect: indirect, entities: analysis.entities, constraints: constraints,
      references: references, sentiment: sentiment, language: language, confidence: Double(goals[0].probability),
      alternatives: goals.dropFirst().prefix(2).map { Alternative(goal: $0.goal, probability: Double($0.probability)) })
    frame.rewrite = Rewriter(pack: pack).rewrite(frame, text: text)
    return frame
  }

  /// The properties that a question or a statement names in words: "which of them is free?".
  public func properties(in text: String, language: String) -> [Constraint] {
    let folded = FoldedText(text)
    return analyser.lexicon.constraints(in: folded, entities: analyser.linker.link(folded), language: language).map(\.constraint)
  }

  /// Whether a word with a capital or in katakana is one that people of the field say, and so no name.
  public func isEverydayWord(_ word: String) -> Bool { vocabulary.knows(word) }

  /// A name in a question that neither the graph nor anyone's wording holds: "who designed the Imperial Hotel?".
  public func strangerName(in text: String, language: String) -> String? {
    vocabulary.stranger(in: FoldedText(text), language: language)
  }

  /// What was said in words, and what the wording implies on slots that no word named.
  private func withImplied(_ analysis: Analyser.Analysis, _ example: Example, _ model: IntentModel) -> [Constraint] {
    let (impliedThreshold, impliedHardThreshold) = (Self.impliedThreshold, Self.impliedHardThreshold)
    let hard = Set(pack.manifest.slots.filter(\.hard).map(\.name))
    var constraints = analysis.found.map(\.constraint)
    let said = Set(constraints.map(\.slot))
    let scores = model.implied.probabilities(example)
    for (index, label) in model.impliedLabels.enumerated() where index < scores.count {
      guard scores[index] > (hard.contains(label.slot) ? impliedHardThreshold : impliedThreshold), !said.contains(label.slot) else {
        continue
      }
      // What is only sensed may guide but never exclude.
      constraints.append(
        Constraint(slot: label.slot, op: label.op, value: [label.value], polarity: label.polarity, strength: .prefer))
    }
    return constraints
  }
}

import Foundation
import Frames
import Knowledge
import LanguageModel

/// Turns text into a Frame: entity linking, slot lexicon, and heads trained on the pack's labelled utterances.
public struct Understander: Sendable {
  public let pack: Pack
  public let linker: EntityLinker
  let lexicon: SlotLexicon
  let models: [String: IntentModel]
  let encoder: (any SentenceEncoder)?
  let references: ReferenceResolver
  /// Languages whose heads also see the encoder's vector; MiniLM was trained on English alone.
  static let encodedLanguages: Set<String> = ["en"]
  /// Probability from which an unsaid constraint is taken as meant; chosen on the development half.
  static let impliedThreshold: Float = 0.15

  /// Trains on the pack's utterances, or loads what an earlier start trained on the same data.
  /// - Parameter cache: folder of derived files; nil trains afresh and keeps nothing.
  public init(pack: Pack, encoder: (any SentenceEncoder)?, cache: URL? = nil) throws {
    self.pack = pack
    self.encoder = encoder
    linker = EntityLinker(pack: pack)
    lexicon = SlotLexicon(pack: pack)
    references = ReferenceResolver(pack: pack)
    var trained: [String: IntentModel] = [:]
    for language in Set(pack.utterances.map(\.language)).sorted() {
      let utterances = pack.utterances.filter { $0.language == language }
      let store = cache.map { HeadStore(folder: $0, utterances: utterances, pack: pack, encoded: encoder != nil) }
      if let kept = store?.load() {
        trained[language] = kept
        continue
      }
      let (linker, lexicon, references) = (linker, lexicon, references)
      let inputs = try parallelMap(utterances) { utterance in
        let analysis = try Self.analyse(utterance.text, language, linker, lexicon, references, encoder)
        return (features: analysis.features, dense: analysis.dense)
      }
      let model = try IntentModel.train(inputs, utterances)
      try store?.save(model)
      trained[language] = model
    }
    models = trained
  }

  struct Analysis {
    var features: FeatureSet
    var dense: [Float]
    var folded: FoldedText
    var entities: [EntityMention]
    var found: [SlotLexicon.Found]
  }

  static func analyse(
    _ text: String, _ language: String, _ linker: EntityLinker, _ lexicon: SlotLexicon, _ references: ReferenceResolver,
    _ encoder: (any SentenceEncoder)?
  ) throws -> Analysis {
    let folded = FoldedText(text)
    let entities = linker.link(folded)
    let found = lexicon.constraints(in: folded, entities: entities, language: language)
    let features = FeatureExtractor.features(
      folded, entities: entities, slots: found, pointing: references.count(folded, language: language), language: language)
    let dense = encodedLanguages.contains(language) ? try encoder?.analyse(text) : nil
    return Analysis(
      features: features, dense: (dense?.sentence ?? []) + (dense?.layers ?? []), folded: folded, entities: entities,
      found: found)
  }

  /// - Parameters:
  ///   - shown: items on screen in their order, which "the second one" points at.
  ///   - focus: the item last talked about, which "it" points at.
  ///   - language: of the conversation so far, for texts without letters.
  public func understand(_ text: String, shown: [String] = [], focus: String? = nil, language standing: String = "en") throws -> Frame {
    let language = detectLanguage(text, fallback: standing.isEmpty ? "en" : standing)
    let analysis = try Self.analyse(text, language, linker, lexicon, references, encoder)
    let references = references.resolve(analysis.folded, language: language, shown: shown, focus: focus, entities: analysis.entities)
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
    let constraints = asks ? Self.withImplied(analysis, example, model) : []
    var frame = Frame(
      act: act, goal: goal, indirect: indirect, entities: analysis.entities, constraints: constraints,
      references: references, sentiment: sentiment, language: language, confidence: Double(goals[0].probability),
      alternatives: goals.dropFirst().prefix(2).map { Alternative(goal: $0.goal, probability: Double($0.probability)) })
    frame.rewrite = Rewriter(pack: pack).rewrite(frame, text: text)
    return frame
  }

  /// What was said in words, and what the wording implies on slots that no word named.
  private static func withImplied(_ analysis: Analysis, _ example: Example, _ model: IntentModel) -> [Constraint] {
    var constraints = analysis.found.map(\.constraint)
    let said = Set(constraints.map(\.slot))
    let scores = model.implied.probabilities(example)
    for (index, label) in model.impliedLabels.enumerated() where index < scores.count {
      guard scores[index] > impliedThreshold, !said.contains(label.slot) else { continue }
      // What is only sensed may guide but never exclude.
      constraints.append(
        Constraint(slot: label.slot, op: label.op, value: [label.value], polarity: label.polarity, strength: .prefer))
    }
    return constraints
  }
}

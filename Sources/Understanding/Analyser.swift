import Frames
import LanguageModel

/// Reads from one text all that the heads see, at training as in a turn.
struct Analyser: Sendable {
  let linker: EntityLinker
  let lexicon: SlotLexicon
  let references: ReferenceResolver
  let extractor: FeatureExtractor
  /// By language: an encoder's vectors are noise in a language that it was not trained on.
  let encoders: [String: any SentenceEncoder]

  struct Analysis: Sendable {
    var features: FeatureSet
    /// The sentence's vector and the encoder's vectors of its wording; empty in a language without an encoder.
    var dense: [Float]
    var folded: FoldedText
    var entities: [EntityMention]
    /// Constraints that are said in words.
    var found: [SlotLexicon.Found]
  }

  /// - Parameter mentioned: the node that "he" and 「その人」 mean.
  func analyse(_ text: String, _ language: String, mentioned: String? = nil) throws -> Analysis {
    analysis(text, language, mentioned: mentioned, dense: try encoders[language]?.analyse(text))
  }

  /// Many texts of one language, which the encoder reads at once.
  func analyse(_ texts: [String], _ language: String) throws -> [Analysis] {
    let dense = try encoders[language]?.analyse(texts)
    return try parallelMap(Array(texts.indices)) { analysis(texts[$0], language, mentioned: nil, dense: dense?[$0]) }
  }

  private func analysis(_ text: String, _ language: String, mentioned: String?, dense: TextVectors?) -> Analysis {
    let folded = FoldedText(text)
    var entities = linker.link(folded)
    if let mentioned, let range = PersonReference.range(in: folded, language: language),
      !entities.contains(where: { $0.start < range.upperBound && range.lowerBound < $0.end })
    {
      entities.append(EntityMention(id: mentioned, surface: folded.originalString(range), start: range.lowerBound, end: range.upperBound))
      entities.sort { $0.start < $1.start }
    }
    let found = lexicon.constraints(in: folded, entities: entities, language: language)
    let features = extractor.features(
      folded, entities: entities, slots: found, pointing: references.count(folded, language: language), language: language)
    return Analysis(
      features: features, dense: (dense?.sentence ?? []) + (dense?.layers ?? []), folded: folded, entities: entities, found: found)
  }
}

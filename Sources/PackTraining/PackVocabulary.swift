import Knowledge
import LanguageModel
import Training
import TrainingCorpus

/// The vocabulary of packs' texts: what their examples say, and all names, descriptions and facts that a reply may copy.
struct PackVocabulary {
  /// Examples that are counted, spread over the corpus.
  private static let countedExamples = 40_000

  static func learn(_ packs: [Pack], _ corpus: InstructionCorpus, size: Int) throws -> LearnedVocabulary {
    var trainer = try BytePairTrainer(BytePairOptions(vocabularySize: size))
    for pack in packs { for text in texts(of: pack) { trainer.add(text) } }
    for example in corpus.examples(in: .training).prefix(countedExamples) {
      for message in example.messages { trainer.add(message.content) }
    }
    return try trainer.train()
  }

  /// Every name and description, and every fact as a sentence.
  private static func texts(of pack: Pack) -> [String] {
    var texts: [String] = []
    for item in pack.items {
      for language in pack.manifest.languages {
        texts += [item.name(in: language)] + [item.description[language]].compactMap { $0 } + (item.keywords[language] ?? [])
        texts += pack.graph.facts(about: item.id).compactMap {
          pack.sentence(subject: $0.subject, predicate: $0.predicate, object: $0.object, literal: $0.isLiteral, language: language)
        }
      }
    }
    return texts
  }
}

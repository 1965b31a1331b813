import Instructions
import Frames
import Knowledge
import LanguageModel
import Understanding

/// One pack's part of the corpus: which examples there are, and the text of each.
struct PackCorpus: Sendable {
  let options: CorpusOptions
  let pack: Pack
  let semanticIDs: [String: String]
  let line: FrameLine
  let prompt: InstructionPrompt
  let utterances: UtteranceExamples
  private let seen: ReplyExampleFiller
  private let unseen: ReplyExampleFiller
  /// Keywords that one item alone has, per language.
  private let keywords: [Keyword]

  private struct Keyword {
    var language: String
    var text: String
    var item: String
  }

  init(_ source: CorpusSource, options: CorpusOptions) {
    self.options = options
    pack = source.pack
    semanticIDs = source.semanticIDs
    line = FrameLine(pack: pack)
    prompt = InstructionPrompt(line: line)
    utterances = UtteranceExamples(pack: pack, line: line, prompt: prompt, options: options)
    let holdOut = options.holdOut
    seen = ReplyExampleFiller(pack: pack, seed: options.seed) { !holdOut.holdsOut(entity: $0) }
    unseen = ReplyExampleFiller(pack: pack, seed: options.seed) { holdOut.holdsOut(entity: $0) }
    keywords = Self.keywords(pack, semanticIDs, holdOut)
  }

  private static func keywords(_ pack: Pack, _ ids: [String: String], _ holdOut: HoldOut) -> [Keyword] {
    var owners: [String: [Keyword]] = [:]
    for item in pack.items where ids[item.id] != nil && !holdOut.holdsOut(entity: item.id) {
      for language in pack.manifest.languages {
        for text in item.keywords[language] ?? [] {
          owners[language + FoldedText.fold(text), default: []].append(Keyword(language: language, text: text, item: item.id))
        }
      }
    }
    return owners.values.filter { $0.count == 1 }.map { $0[0] }.sorted { ($0.language, $0.text) < ($1.language, $1.text) }
  }

  // MARK: - Which examples there are

  func plan(_ plan: inout CorpusPlan) {
    utterances.plan(&plan)
    planReplies(&plan)
    guard options.tasks.contains(.choose), !semanticIDs.isEmpty else { return }
    for (index, utterance) in pack.utterances.enumerated() where utterance.goal == .recommend && !utterance.constraints.isEmpty {
      guard let split = utterances.split(of: utterance), split != .unseenEntity, !fitting(utterance).isEmpty else { continue }
      for variant in 0..<(split == .training ? options.choices : 1) { plan.add(.chooseByRequest, index, variant, to: split) }
    }
    for index in keywords.indices { plan.add(.chooseByKeyword, index, to: .training) }
  }

  private func planReplies(_ plan: inout CorpusPlan) {
    let chooses = options.tasks.contains(.choose)
    for (index, example) in pack.replies.enumerated() {
      let isHeldOut = options.holdOut.holdsOut(wording: example.reply.text)
      let split: CorpusSplit = isHeldOut ? .unseenWording : .training
      for variant in 0..<min(isHeldOut ? 1 : options.fillings, max(1, seen.choices(for: index))) {
        guard let filled = seen.fill(index, variant: variant) else { continue }
        if options.tasks.contains(.reply) { plan.add(.reply, index, variant, to: split) }
        if chooses, example.goal == .recommend, !filled.items.isEmpty, filled.items.allSatisfy({ semanticIDs[$0] != nil }) {
          plan.add(.chooseByReply, index, variant, to: split)
        }
      }
      if !isHeldOut, !example.items.isEmpty, options.tasks.contains(.reply), unseen.fill(index, variant: 0) != nil {
        plan.add(.reply, index, to: .unseenEntity)
      }
    }
  }

  // MARK: - The text of an example

  func example(_ entry: InstructionCorpus.Entry, in split: CorpusSplit) -> TrainingExample {
    let (source, variant) = (Int(entry.source), Int(entry.variant))
    switch entry.recipe {
    case .understand, .rewrite: return utterances.example(entry.recipe.task, source, variant, in: split)
    case .reply:
      let filled = filled(source, variant, in: split)
      let asked = prompt.reply(filled.user, language: filled.language, goal: filled.goal, subjects: filled.subjects)
      return made(.reply, filled.language, split, asked, filled.reply)
    case .chooseByReply:
      let filled = filled(source, variant, in: split)
      return made(.choose, filled.language, split, prompt.choose(filled.user, language: filled.language), ids(filled.items))
    case .chooseByRequest:
      let utterance = pack.utterances[source]
      var random = RandomSource(seed: options.seed, for: "choose", utterance.language, utterance.text, String(variant))
      var items = fitting(utterance)
      random.shuffle(&items)
      // Understanding comes first in a turn, but the text alone should do as well.
      let standing = random.chance(0.7) ? utterance.constraints : []
      let asked = prompt.choose(utterance.text, language: utterance.language, standing: standing)
      return made(.choose, utterance.language, split, asked, ids(Array(items.prefix(options.chosenItems))))
    case .chooseByKeyword:
      let keyword = keywords[source]
      return made(.choose, keyword.language, split, prompt.choose(keyword.text, language: keyword.language), ids([keyword.item]))
    }
  }

  private func filled(_ index: Int, _ variant: Int, in split: CorpusSplit) -> FilledReply {
    // The plan lists only what can be filled, and filling depends on nothing else.
    (split == .unseenEntity ? unseen : seen).fill(index, variant: variant)!
  }

  private func made(
    _ task: InstructionTask, _ language: String, _ split: CorpusSplit, _ prompt: [ChatMessage], _ answer: String
  ) -> TrainingExample {
    TrainingExample(task: task, pack: pack.manifest.id, language: language, split: split, prompt: prompt, answer: answer)
  }

  /// Items with an id that meet all of a request and may be learned.
  private func fitting(_ utterance: LabelledUtterance) -> [String] {
    let filter = CatalogueFilter(pack: pack)
    return pack.items.filter {
      semanticIDs[$0.id] != nil && !options.holdOut.holdsOut(entity: $0.id) && filter.matches($0, utterance.constraints)
    }.map(\.id)
  }

  private func ids(_ items: [String]) -> String { items.compactMap { semanticIDs[$0] }.joined(separator: " ") }
}

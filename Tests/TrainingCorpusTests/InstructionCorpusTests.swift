import Instructions
import Frames
import Knowledge
import LanguageModel
import Testing
import Understanding

@testable import TrainingCorpus

@Suite struct InstructionCorpusTests {
  private static func ids(_ pack: Pack) -> [String: String] {
    Dictionary(uniqueKeysWithValues: pack.items.enumerated().map { ($1.id, "<\($0 / 16)><\($0 % 16)>") })
  }

  private static let shared = Result { try made() }

  private static func corpus() throws -> InstructionCorpus { try shared.get() }

  private static func made(
    seed: UInt64 = 1, holdOut: HoldOut = HoldOut(wordings: 0.1, entities: 0.1), every stride: Int = 12
  ) throws -> InstructionCorpus {
    var options = CorpusOptions()
    options.seed = seed
    options.holdOut = holdOut
    let packs = try Shipped.ids.map { try Shipped.small($0, every: stride) }
    return InstructionCorpus(packs.map { CorpusSource(pack: $0, semanticIDs: ids($0)) }, options: options)
  }

  @Test func everyTaskOfEveryPackAndLanguageIsThere() throws {
    let corpus = try Self.corpus()
    let all = corpus.examples(in: .training).map { $0 }
    #expect(all.count == corpus.count(in: .training))
    for task in InstructionTask.allCases {
      #expect(all.count { $0.task == task } == corpus.counts(in: .training)[task])
      for pack in Shipped.ids {
        for language in ["en", "ja"] { #expect(all.contains { $0.task == task && $0.pack == pack && $0.language == language }) }
      }
    }
    for example in all {
      #expect(example.messages.map(\.role) == [.system, .user, .assistant])
      #expect(example.prompt[0].content == "\(example.task.rawValue) \(example.pack) \(example.language)")
      #expect(!example.answer.isEmpty && !example.answer.contains("\n") && !example.answer.contains("{"))
      let lines = example.prompt[1].content.split(separator: "\n")
      #expect(lines.last?.hasPrefix("text: ") == true && !example.prompt[1].content.contains("{"))
    }
  }

  @Test func answersAreInTheirGrammars() throws {
    let corpus = try Self.corpus()
    let packs = try Dictionary(uniqueKeysWithValues: Shipped.ids.map { ($0, try Shipped.pack($0)) })
    let lines = packs.mapValues { FrameLine(pack: $0) }
    for example in corpus.examples(in: .training) {
      let pack = try #require(packs[example.pack])
      switch example.task {
      case .understand:
        let shown = pack.items.prefix(9).map(\.id)
        let frame = try lines[example.pack]?.read(example.answer, language: example.language, shown: shown)
        #expect(frame != nil)
      case .rewrite:
        let suffix = example.language == "ja" ? "。" : "."
        #expect(example.answer.hasSuffix(suffix) && example.answer.hasPrefix("Please") != (example.language == "ja"))
      case .choose:
        let known = Set(Self.ids(pack).values)
        #expect((1...3).contains(example.answer.split(separator: " ").count))
        #expect(example.answer.split(separator: " ").allSatisfy { known.contains(String($0)) })
      case .reply:
        let names = pack.items.compactMap { $0.name[example.language] }
        #expect(names.contains { example.answer.lowercased().contains($0.lowercased()) })
      }
    }
  }

  /// Same seed, same corpus, in whatever order it is asked for; another seed, another.
  @Test func theSeedDecides() throws {
    let (one, two, other) = (try Self.made(every: 60), try Self.made(every: 60), try Self.made(seed: 2, every: 60))
    let all = one.examples(in: .training, epoch: 3).map { $0 }
    #expect(all == two.examples(in: .training, epoch: 3).map { $0 })
    #expect(all.dropFirst(100) == one.examples(in: .training, epoch: 3, from: 100).map { $0 }[...])
    #expect(all != one.examples(in: .training, epoch: 4).map { $0 })
    #expect(all != other.examples(in: .training, epoch: 3).map { $0 })
    func sorted(_ epoch: Int) -> [String] { one.examples(in: .training, epoch: epoch).map { "\($0.prompt) \($0.answer)" }.sorted() }
    #expect(sorted(3) == sorted(4))
    #expect(one.example(in: .training, at: 7) == two.example(in: .training, at: 7))
  }

  private func said(_ example: TrainingExample) -> String {
    String(example.prompt[1].content.split(separator: "\n").last?.dropFirst(6) ?? "")
  }

  @Test func whatIsHeldOutIsNotInTraining() throws {
    let corpus = try Self.corpus()
    let holdOut = corpus.options.holdOut
    let training = corpus.examples(in: .training).map { $0 }
    let reading: Set<InstructionTask> = [.understand, .rewrite]
    let wordings = Set(training.filter { reading.contains($0.task) }.map(said))
    let unseen = corpus.examples(in: .unseenWording).filter { reading.contains($0.task) }
    #expect(unseen.count > 50)
    for example in unseen {
      #expect(holdOut.holdsOut(wording: said(example)))
      #expect(!wordings.contains(said(example)))
    }
    for id in Shipped.ids {
      let pack = try Shipped.pack(id)
      let items = pack.items.filter { holdOut.holdsOut(entity: $0.id) }
      #expect(items.count > pack.items.count / 20 && items.count < pack.items.count / 5)
      let values = Set(
        pack.graph.labels.keys.filter { holdOut.holdsOut(entity: $0) && $0.contains(":") }.compactMap { $0.split(separator: ":").last })
      for example in training where example.pack == id {
        if example.task == .reply {
          // The items that a reply is about stand in lines of their own.
          let names = example.prompt[1].content.split(separator: "\n").filter { $0.first?.isNumber == true }.map { $0.dropFirst(2) }
          #expect(!items.contains { item in names.contains { $0 == item.name[example.language] ?? "" } })
        }
        if example.task == .understand, let area = example.answer.split(separator: " ").first(where: { $0.hasPrefix("area+") }) {
          let node = "area:" + area.dropFirst(5).prefix { $0 != "|" && $0 != "?" }
          #expect(!holdOut.holdsOut(entity: node), "\(example.answer)")
        }
      }
      #expect(!values.isEmpty)
    }
    let entities = corpus.examples(in: .unseenEntity).map { $0 }
    #expect(entities.contains { $0.task == .understand } && entities.contains { $0.task == .reply })
  }

  @Test func nothingNeedsToBeHeldOut() throws {
    let corpus = try Self.made(holdOut: .nothing)
    #expect(corpus.count(in: .unseenWording) == 0 && corpus.count(in: .unseenEntity) == 0)
    #expect(corpus.count(in: .training) > (try Self.corpus()).count(in: .training))
  }

  /// Nothing of the benchmark is learned, not even by substitution.
  @Test(arguments: Shipped.ids) func theBenchmarkStaysOutside(_ id: String) throws {
    var pack = try Shipped.small(id)
    let stolen = try #require(pack.evalUtterances.first { $0.goal == .recommend })
    var copy = stolen
    (copy.half, copy.entities) = (nil, [])
    pack.utterances.append(copy)
    pack.replies = []
    let corpus = InstructionCorpus([CorpusSource(pack: pack, semanticIDs: Self.ids(pack))])
    let benchmark = Set(pack.evalUtterances.map { FoldedText.fold($0.text) })
    for split in CorpusSplit.allCases {
      for example in corpus.examples(in: split) { #expect(!benchmark.contains(FoldedText.fold(said(example)))) }
    }
  }

  /// A follow-up has something to follow.
  @Test func followUpsStandInAConversation() throws {
    let corpus = try Self.corpus()
    let refining = corpus.examples(in: .training).filter { $0.task == .understand && $0.answer.hasPrefix("goal=refine") }
    #expect(refining.count { $0.prompt[1].content.contains("shown: 1 ") } > refining.count * 8 / 10)
    #expect(refining.count { $0.prompt[1].content.hasPrefix("now: ") } > refining.count * 6 / 10)
    #expect(corpus.examples(in: .training).contains { $0.task == .understand && $0.answer.contains(" #2") })
  }

  @Test func onlyTheAnswerIsLearned() throws {
    let corpus = try Self.corpus()
    let example = corpus.example(in: .training, at: 0)
    let tokenizer = ByteTokenizer()
    let tokenized = try ChatTemplate.chatML.tokenize(example, with: tokenizer)
    let learned = zip(tokenized.tokens, tokenized.isLearned).filter(\.1).map(\.0)
    #expect(tokenizer.decode(learned) == example.answer + "<|im_end|>")
    #expect(tokenized.tokens.count == tokenized.isLearned.count)
    let whole = try ChatTemplate.chatML.encode(example.messages, with: tokenizer, addGenerationPrompt: false)
    // The line break after the last turn is nobody's to learn.
    #expect(tokenized.tokens == Array(whole.dropLast()))
    #expect(throws: TokenizerError.self) { try ChatTemplate.plain.tokenize(example, with: tokenizer) }
  }
}

/// A token a byte, and the two of ChatML.
private struct ByteTokenizer: TextTokenizer {
  private static let control = ["<|im_start|>", "<|im_end|>"]
  var vocabularySize: Int { 258 }
  var bos: Int32? { nil }
  var eos: Int32? { nil }
  var endOfTurn: Int32? { 257 }
  func encode(_ text: String, special: Bool) -> [Int32] { text.utf8.map(Int32.init) }
  func bytes(of token: Int32) -> [UInt8] { token < 256 ? [UInt8(token)] : Array(Self.control[Int(token) - 256].utf8) }
  func specialToken(_ text: String) -> Int32? { Self.control.firstIndex(of: text).map { Int32(256 + $0) } }
}

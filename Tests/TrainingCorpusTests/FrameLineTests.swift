import Instructions
import Frames
import Knowledge
import LanguageModel
import Testing

@testable import TrainingCorpus

@Suite struct FrameLineTests {
  private let line: FrameLine

  init() throws { line = FrameLine(pack: try Shipped.pack("tokyo")) }

  @Test func aFrameIsOneLine() throws {
    let frame = Frame(
      act: .question, goal: .refine, indirect: true,
      constraints: [
        Constraint(slot: "area", value: ["shibuya"]),
        Constraint(slot: "kind", op: .in, value: ["cafe", "bar"], polarity: .negative),
        Constraint(slot: "price", op: .le, value: ["cheap"], strength: .prefer),
        Constraint(slot: "mood", value: ["quiet"], strength: .must),
        Constraint(slot: "visitMinutes", op: .between, value: ["30", "90.5"], strength: .prefer),
        Constraint(slot: "station", op: .near, value: ["ueno"], strength: .prefer),
      ],
      references: ["ueno-zoo"], language: "en")
    let text =
      "goal=refine act=question indirect area+shibuya kind!cafe|bar price+<=cheap? mood+quiet* visitMinutes+30..90.5 "
      + "station+~ueno #2"
    #expect(try line.write(frame, shown: ["zojo-ji", "ueno-zoo"]) == text)
    #expect(try line.read(text, language: "en", shown: ["zojo-ji", "ueno-zoo"]) == frame)
    let chosen = Frame(act: .statement, goal: .feedback, sentiment: .chosen, language: "ja")
    #expect(try line.write(chosen) == "goal=feedback act=statement feel=chosen")
    #expect(try line.read("goal=feedback act=statement feel=chosen", language: "ja") == chosen)
  }

  @Test func namesInTheTextAreLookedUpAndNotWritten() throws {
    let mention = EntityMention(id: "ueno-zoo", surface: "Ueno Zoo", start: 0, end: 8)
    let frame = Frame(act: .question, goal: .inform, entities: [mention], references: ["ueno-zoo", "zojo-ji"], language: "en")
    let text = try line.write(frame, shown: ["zojo-ji"])
    #expect(text == "goal=inform act=question #1")
    #expect(try line.read(text, language: "en", shown: ["zojo-ji"], entities: [mention]) == frame)
  }

  @Test func whatThePackHasNoTokenForIsRefused() {
    func fault(_ change: (inout Frame) -> Void) -> FrameLineError? {
      var frame = Frame(act: .request, goal: .recommend, language: "en")
      change(&frame)
      do throws(FrameLineError) {
        _ = try line.write(frame)
        return nil
      } catch { return error }
    }
    #expect(fault { $0.constraints = [Constraint(slot: "colour", value: ["red"])] } == .unknownSlot("colour"))
    #expect(fault { $0.constraints = [Constraint(slot: "kind", value: ["moat"])] } == .unknownValue("moat", slot: "kind"))
    #expect(fault { $0.constraints = [Constraint(slot: "area", value: ["atlantis"])] } == .unknownValue("atlantis", slot: "area"))
    #expect(fault { $0.constraints = [Constraint(slot: "walkMinutes", value: ["1e3"])] } == .unknownValue("1e3", slot: "walkMinutes"))
    #expect(fault { $0.constraints = [Constraint(slot: "kind", op: .le, value: ["bar"])] } == .badOperator(.le, slot: "kind"))
    #expect(fault { $0.constraints = [Constraint(slot: "price", op: .near, value: ["free"])] } == .badOperator(.near, slot: "price"))
    #expect(fault { $0.constraints = [Constraint(slot: "kind", value: [])] } == .tooMany("values of kind", limit: 16))
    #expect(
      fault { $0.constraints = Array(repeating: Constraint(slot: "kind", value: ["bar"]), count: 9) } == .tooMany("constraints", limit: 8))
    #expect(fault { $0.references = ["ueno-zoo"] } == .notShown("ueno-zoo"))
  }

  @Test(arguments: [
    "", "goal", "goal=recommend", "act=question goal=recommend", "goal=dance act=question", "goal=recommend act=song",
    "goal=feedback act=statement feel=odd", "goal=refine act=answer #1", "goal=refine act=answer #x", "goal=refine act=answer kind",
    "goal=refine act=answer kind+", "goal=refine act=answer kind+moat", "goal=refine act=answer colour+red", "goal=refine act=answer +bar",
    "goal=refine act=answer kind+bar|", "goal=refine act=answer visitMinutes+1..", "goal=refine act=answer price+<=",
    "goal=refine act=answer indirect indirect",
  ]) func whatIsNoLineIsRefused(_ text: String) {
    #expect(throws: FrameLineError.self) { try line.read(text, language: "en") }
  }

  /// Every labelled utterance of both packs comes back, and its line is in the grammar.
  @Test(arguments: Shipped.ids) func labelsComeBackAndAreInTheGrammar(_ id: String) throws {
    let pack = try Shipped.pack(id)
    let line = FrameLine(pack: pack)
    let matcher = try LineMatcher(line.grammar)
    var refused = 0
    for (index, utterance) in pack.utterances.enumerated() {
      let frame = Frame(
        act: utterance.act, goal: utterance.goal, indirect: utterance.indirect, constraints: utterance.constraints,
        references: index % 5 == 0 ? [pack.items[0].id] : [], sentiment: utterance.sentiment, language: utterance.language)
      let shown = [pack.items[1].id, pack.items[0].id]
      guard let text = try? line.write(frame, shown: shown) else {
        refused += 1
        continue
      }
      #expect(try line.read(text, language: utterance.language, shown: shown) == frame)
      // The matcher is a plain one: a part does.
      if index % 40 == 0 { #expect(matcher.matches(text), "\(text)") }
    }
    #expect(refused < pack.utterances.count / 200, "\(refused)")
  }

  /// What the grammar lets a model write, `read` takes: random walks through it.
  @Test(arguments: Shipped.ids) func whatTheGrammarWritesIsRead(_ id: String) throws {
    let pack = try Shipped.pack(id)
    let line = FrameLine(pack: pack)
    let matcher = try LineMatcher(line.grammar)
    var random = RandomSource(seed: 5)
    for _ in 0..<300 {
      let text = matcher.walk(&random)
      let shown = pack.items.prefix(9).map(\.id)
      let frame = try line.read(text, language: "en", shown: shown)
      // What is written of it says the same again.
      #expect(try line.read(line.write(frame, shown: shown), language: "en", shown: shown) == frame, "\(text)")
    }
  }

  @Test func alternativesAreFactored() {
    #expect(FrameLine.alternatives(["soba", "shiba", "so", "ume"]) == "\"s\" (\"hiba\" | \"o\" (\"ba\")?) | \"ume\"")
    #expect(FrameLine.alternatives(["a"]) == "\"a\"")
  }

  @Test(arguments: Shipped.ids) func theEngineTakesTheGrammar(_ id: String) throws {
    let text = FrameLine(pack: try Shipped.pack(id)).grammar
    #expect(try Grammar(text).openNames.isEmpty)
    #expect(text.utf8.count < 200_000)
  }
}

import Instructions
import Frames
import Knowledge
import LanguageModel
import Testing

@testable import TrainingCorpus

@Suite struct ReplyExampleFillerTests {
  private func pack(_ rows: (user: String, language: String, items: [[ReplyCondition]], reply: String)...) throws -> Pack {
    var pack = try Shipped.pack("tokyo")
    pack.replies = try rows.map {
      ReplyExample(
        user: try ReplyTemplate($0.user), language: $0.language, goal: .recommend, items: $0.items, reply: try ReplyTemplate($0.reply))
    }
    return pack
  }

  private func value(_ slot: String, _ value: String) -> ReplyCondition { .init(slot: slot, value: .value(value)) }

  @Test func placeholdersAreFilledWithLabels() throws {
    let pack = try pack(
      (
        "Anything near {1.station}?", "en", [[value("kind", "aquarium"), value("company", "kids")]],
        "{1.a.kind}: {1}. {1.mood}, {1.walkMinutes} minutes from {1.station}. {1.about}"
      ))
    let filler = ReplyExampleFiller(pack: pack, seed: 1)
    #expect(filler.choices(for: 0) >= 3)
    for variant in 0..<filler.choices(for: 0) {
      let filled = try #require(filler.fill(0, variant: variant))
      let item = try #require(pack.item(filled.items[0]))
      #expect(item.kind == "aquarium" && item.values(of: "company").contains("kids"))
      let station = pack.valueLabel(item.values(of: "station")[0], slot: "station", language: "en")
      let mood = pack.valueLabel(item.values(of: "mood")[0], slot: "mood", language: "en")
      let minutes = item.values(of: "walkMinutes")[0]
      let about = try #require(item.description["en"])
      #expect(filled.user == "Anything near \(station)?")
      let walk = "\(minutes) minute\(minutes == "1" ? "" : "s") from \(station)"
      #expect(filled.reply == "An aquarium: \(item.name(in: "en")). \(mood.prefix(1).uppercased() + mood.dropFirst()), \(walk). \(about)")
    }
  }

  /// Every label that a reply states stands in the prompt, and more than that.
  @Test func thePromptShowsWhatIsStatedAndMore() throws {
    let pack = try pack(
      ("Kids are bored", "en", [[value("company", "kids"), value("mood", "scenic")]], "{1} is {1.mood} and {1.price}. {1.fact}"),
      (
        "雨だね", "ja", [[value("weather", "rain")], [.init(slot: "area", value: .sameAs(item: 0))]],
        "{2}も{2.area}にあり、{1}とは近所です。{1.about}"
      ))
    let filler = ReplyExampleFiller(pack: pack, seed: 3)
    var extra = 0
    for variant in 0..<60 {
      let filled = try #require(filler.fill(0, variant: variant))
      let facts = filled.subjects[0].facts
      func text(_ key: String) -> String { facts.filter { $0.key == key }.map(\.text).joined(separator: "\n") }
      #expect(text("company").contains("children") && text("mood").contains("scenic"))
      let price = try #require(filled.reply.firstRange(of: text("price")))
      #expect(filled.reply[price.upperBound...].hasPrefix(". "))
      let sentence = String(filled.reply[price.upperBound...].dropFirst(2))
      #expect(facts.contains { $0.key == "fact" && $0.text == sentence })
      #expect(sentence.hasSuffix(".") && sentence.first?.isUppercase != false)
      extra += facts.count - 4
      #expect(facts.count > 4)

      let two = try #require(filler.fill(1, variant: variant))
      let (first, second) = (try #require(pack.item(two.items[0])), try #require(pack.item(two.items[1])))
      #expect(first.id != second.id && first.values(of: "weather").contains("rain"))
      #expect(!Set(first.values(of: "area")).isDisjoint(with: second.values(of: "area")))
      let area = try #require(two.subjects[1].facts.first { $0.key == "area" }?.text)
      #expect(two.reply.hasPrefix("\(second.name(in: "ja"))も\(area)にあり"))
      #expect(two.subjects[0].facts.contains { $0.key == "area" && $0.text == area })
      #expect(two.subjects[0].facts.contains { $0.key == "weather" && $0.text.contains("雨") })
    }
    #expect(extra > 60)
  }

  @Test func variantsSpreadOverTheCatalogue() throws {
    let pack = try pack(("Anything", "en", [[]], "{1}."), ("Quiet", "en", [[value("mood", "quiet")]], "{1} is {1.mood}."))
    let filler = ReplyExampleFiller(pack: pack, seed: 9)
    let all = (0..<pack.items.count).compactMap { filler.fill(0, variant: $0)?.items[0] }
    #expect(Set(all).count == pack.items.count)
    // What the second example also speaks of comes later in the first.
    let quiet = Set(pack.items.filter { $0.values(of: "mood").contains("quiet") }.map(\.id))
    let early = all.prefix(all.count / 2).count { quiet.contains($0) }
    #expect(early < all.suffix(all.count / 2).count { quiet.contains($0) })
    let again = ReplyExampleFiller(pack: pack, seed: 9)
    #expect((0..<9).allSatisfy { filler.fill(0, variant: $0) == again.fill(0, variant: $0) })
    let other = ReplyExampleFiller(pack: pack, seed: 10)
    #expect((0..<9).contains { filler.fill(0, variant: $0) != other.fill(0, variant: $0) })
  }

  @Test func onlyAllowedItemsAreChosen() throws {
    let pack = try pack(("Anything", "en", [[], [], []], "{1}, {2}, {3}."))
    let allowed: Set = ["ueno-zoo", "zojo-ji", "tokyo-tower"]
    let filler = ReplyExampleFiller(pack: pack, seed: 2) { allowed.contains($0) }
    for variant in 0..<6 { #expect(filler.fill(0, variant: variant).map { Set($0.items) } == allowed) }
    // Three cannot be had of two.
    #expect(ReplyExampleFiller(pack: pack, seed: 2) { $0 != "zojo-ji" && allowed.contains($0) }.fill(0, variant: 0) == nil)
  }

  @Test func namesThatEndASentenceBringNoSecondStop() throws {
    var pack = try Shipped.pack("films")
    pack.replies = try [("It's {1}. Yes, {1}.", "en"), ("{1}です。{1}。", "ja")].map {
      ReplyExample(user: try ReplyTemplate("?"), language: $0.1, goal: .recommend, items: [[]], reply: try ReplyTemplate($0.0))
    }
    let filler = ReplyExampleFiller(pack: pack, seed: 1) { $0 == "your-name" }
    #expect(filler.fill(0, variant: 0)?.reply == "It's Your Name. Yes, Your Name.")
    #expect(filler.fill(1, variant: 0)?.reply == "君の名は。です。君の名は。")
  }

  @Test func aQuestionIsAnsweredByTheFactThatItAsksFor() throws {
    var pack = try Shipped.pack("tokyo")
    pack.replies = try [("What's {1} known for?", "known for"), ("who designed {1}?", "was designed by")].map {
      ReplyExample(user: try ReplyTemplate($0.0), language: "en", goal: .inform, items: [[]], reply: try ReplyTemplate("{1.fact}"))
    }
    let filler = ReplyExampleFiller(pack: pack, seed: 1)
    for variant in 0..<20 {
      #expect(filler.fill(0, variant: variant)?.reply.contains(" known for ") == true)
      #expect(filler.fill(1, variant: variant)?.reply.contains(" was designed by ") == true)
    }
    #expect(pack.predicates(askedIn: "Who built it, and who designed it?", language: "en") == ["designed_by"])
    #expect(pack.predicates(askedIn: "nice weather", language: "en").isEmpty)
  }

  @Test func thanksAreAboutNothing() throws {
    let filler = ReplyExampleFiller(
      pack: try pack(("Ta", "en", [], "You're welcome.")), seed: 1)
    #expect(filler.fill(0, variant: 0)?.reply == "You're welcome." && filler.fill(0, variant: 0)?.subjects == [])
  }

  /// A turn writes its facts as training does.
  @Test func aSheetShowsAllThatIsKnown() throws {
    let pack = try Shipped.pack("tokyo")
    let zoo = try #require(pack.item("ueno-zoo"))
    let sheet = FactSheet(pack: pack, language: "en").subject(zoo, slots: ["kind", "popularity", "area"], sentences: 1)
    #expect(sheet.name == zoo.name["en"])
    #expect(sheet.facts.map(\.key) == ["area", "kind", "popularity", "about", "fact"])
    #expect(sheet.facts[1].text == "zoo" && sheet.facts[2].text == "4 (famous)")
    #expect(FactSheet(pack: pack, language: "ja").subject(zoo, slots: ["popularity"]).facts[0].text.hasPrefix("4（"))
    #expect(FactSheet(pack: pack, language: "en").subject(zoo).facts.count > 8)
  }

  @Test(arguments: [
    ("aquarium", "an"), ("izakaya", "an"), ("museum", "a"), ("hour", "an"), ("honest place", "an"), ("union hall", "a"),
    ("used bookshop", "a"),
    ("one-way street", "a"), ("unimportant alley", "an"), ("European film", "a"), ("R-rated film", "an"), ("UFO film", "a"),
    ("old café", "an"),
    ("8-minute walk", "an"), ("11-minute walk", "an"), ("1-minute walk", "a"), ("animation", "an"), ("éclair", "an"),
  ]) func articlesGoBySound(_ words: String, _ article: String) { #expect(IndefiniteArticle.before(words) == article) }
}

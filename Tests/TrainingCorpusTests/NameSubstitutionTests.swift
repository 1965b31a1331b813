import Frames
import Knowledge
import LanguageModel
import Testing

@testable import TrainingCorpus

@Suite struct NameSubstitutionTests {
  private func utterance(_ text: String, _ constraints: String = "", _ language: String = "en", goal: Goal = .recommend, in pack: Pack)
    throws -> LabelledUtterance
  {
    LabelledUtterance(
      text: text, language: language, act: .question, goal: goal, indirect: false,
      constraints: try ConstraintSyntax.parse(constraints, manifest: pack.manifest))
  }

  private func others(_ said: LabelledUtterance, _ pack: Pack, count: Int = 40) -> [LabelledUtterance] {
    let substitution = NameSubstitution(pack: pack, language: said.language)
    let sites = substitution.sites(in: said)
    var random = RandomSource(seed: 4)
    return sites.isEmpty ? [] : (0..<count).compactMap { _ in substitution.substituted(said, sites, allowed: { _ in true }, &random) }
  }

  @Test func anAreaCanBeAnother() throws {
    let pack = try Shipped.pack("tokyo")
    for (text, language) in [("have you been to ueno lately?", "en"), ("Somewhere quiet in Ueno?", "en"), ("上野で静かなところは？", "ja")] {
      let results = others(try utterance(text, "area=ueno", language, in: pack), pack)
      #expect(results.count == 40)
      for result in results {
        let area = result.constraints[0].value[0]
        let label = pack.graph.label("area:\(area)", in: language)
        #expect(area != "ueno" && result.text.contains(text.first?.isLowercase == true ? label.lowercased() : label), "\(result.text)")
        #expect(result.text == text.replacing(/[Uu]eno|上野/, with: text.first?.isLowercase == true ? label.lowercased() : label))
      }
      #expect(Set(results.map(\.text)).count > 15)
    }
  }

  @Test func twoAreasBecomeTwoOthers() throws {
    let pack = try Shipped.pack("tokyo")
    for result in others(try utterance("Ginza or Tsukiji, in that order", "area=tsukiji|ginza", in: pack), pack) {
      let values = result.constraints[0].value
      #expect(Set(values).count == 2 && Set(values).isDisjoint(with: ["ginza", "tsukiji"]))
      let labels = values.map { pack.graph.label("area:\($0)", in: "en") }
      #expect(result.text == "\(labels[1]) or \(labels[0]), in that order")
    }
  }

  @Test func aKindCanBeAnotherWithItsArticle() throws {
    let pack = try Shipped.pack("tokyo")
    let results = others(try utterance("Is there a museum for us?", "kind=museum;company=kids", in: pack), pack, count: 200)
    for result in results {
      let label = try #require(pack.manifest.slot("kind")?.values.first { $0.id == result.constraints[0].value[0] }?.label["en"])
      #expect(result.text == "Is there \(IndefiniteArticle.before(label)) \(label) for us?")
      #expect(!label.contains(" "))
      #expect(result.constraints[1].value == ["kids"])
    }
    #expect(results.contains { $0.text.contains("an aquarium") })
  }

  @Test func anItemCanBeAnotherOfItsKind() throws {
    let pack = try Shipped.pack("tokyo")
    let results = others(try utterance("How old is the Yayoi Kusama Museum?", goal: .inform, in: pack), pack)
    let names = Set(pack.items.filter { $0.kind == "museum" && $0.id != "yayoi-kusama-museum" }.compactMap { $0.name["en"] })
    #expect(!results.isEmpty && results.allSatisfy { result in names.contains { result.text == "How old is the \($0)?" } })
  }

  @Test func whereTheLabelDoesNotGoWithTheNameNothingIsReplaced() throws {
    let pack = try Shipped.pack("tokyo")
    // Part of another name, a synonym that carries more, another word of the same group, no name at all.
    #expect(others(try utterance("Near Ueno Station", "area=ueno", in: pack), pack).isEmpty)
    #expect(others(try utterance("上野動物園の近く", "area=ueno", "ja", in: pack), pack).isEmpty)
    #expect(others(try utterance("A pub please", "kind=izakaya", in: pack), pack).isEmpty)
    #expect(others(try utterance("a bar for a drink", "kind=bar;activity=drink", in: pack), pack).isEmpty)
    #expect(others(try utterance("my feet hurt", "effort=low", in: pack), pack).isEmpty)
    #expect(others(try utterance("Ueno, Ueno!", "area=ueno", in: pack), pack).isEmpty)
  }

  @Test func whatStandsBehindTheNameStays() throws {
    let pack = try Shipped.pack("tokyo")
    for result in others(try utterance("Ueno's rather genteel", "area=ueno", in: pack), pack) {
      #expect(result.text == pack.graph.label("area:\(result.constraints[0].value[0])", in: "en") + "'s rather genteel")
    }
    // One word for three areas.
    #expect(others(try utterance("谷根千あたりで", "area=yanaka|nezu|sendagi", "ja", in: pack), pack).isEmpty)
    let parlours = others(try utterance("soba, please", "cuisine=soba", in: pack), pack, count: 200)
    #expect(parlours.allSatisfy { $0.text.split(separator: " ").count == 2 && !$0.text.contains("s,") })
  }

  @Test func onlyAllowedNamesComeIn() throws {
    let pack = try Shipped.pack("tokyo")
    let substitution = NameSubstitution(pack: pack, language: "en")
    let said = try utterance("Off to Ueno", "area=ueno", in: pack)
    var random = RandomSource(seed: 4)
    let sites = substitution.sites(in: said)
    for _ in 0..<5 {
      let result = substitution.substituted(said, sites, allowed: { $0 == "area:ginza" }, &random)
      #expect(result?.text == "Off to Ginza" && result?.constraints.first?.value == ["ginza"])
    }
    #expect(substitution.substituted(said, sites, allowed: { _ in false }, &random) == nil)
    #expect(substitution.entities(of: said).contains("area:ueno"))
  }
}

import Foundation
import Knowledge
import Testing

/// A good small pack in a folder of its own, to be spoiled one fault at a time.
final class PackFixture {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("osusume-pack-\(UUID().uuidString)")
    try put("pack.yaml", Self.manifest)
    try put("catalog/items.jsonl", Self.items)
    try put("knowledge/graph.tsv", Self.graph)
    try put("language/utterances.en.tsv", "Any tea around here?\tquestion\trecommend\t0\tkind=tea\t\n")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func put(_ path: String, _ text: String) throws { try put(path, Data(text.utf8)) }

  func put(_ path: String, _ data: Data) throws {
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  func replace(_ path: String, _ old: String, _ new: String) throws {
    let file = folder.appendingPathComponent(path)
    let text = try String(contentsOf: file, encoding: .utf8)
    try #require(text.contains(old))
    try put(path, text.replacing(old, with: new))
  }

  var faults: [PackFault] { PackReader.check(folder).faults }

  static let manifest = """
    id: drinks
    version: 1.0.0
    name: {en: Drinks}
    languages: [en]
    licence: CC0-1.0
    itemNoun: {en: drink}
    context: [mood]
    durationSlot: minutes
    ranking: {niche: 0.5, diversity: 0.2, diversitySlots: [kind]}
    slots:
      origin: {type: node, nodeType: country, label: {en: origin}}
      kind:
        type: enum
        hard: true
        label: {en: kind}
        values:
          tea: {label: {en: tea}, synonyms: {en: [tea]}}
          coffee: {label: {en: coffee}, synonyms: {en: [coffee]}}
      mood:
        type: enum
        label: {en: mood}
        values:
          calm: {label: {en: calm}, synonyms: {en: [calm]}}
      minutes: {type: number, label: {en: minutes}, ranges: {quick: {atMost: 5, label: {en: quick}}}}
    relations:
      made_by: {weight: 0.8, sentence: {en: "{s} was made by {o}"}, asked: {en: [who made]}}

    """
  static let items = """
    {"id":"sencha","name":{"en":"Sencha"},"description":{"en":"A green tea."},"kind":"tea","origin":"japan","minutes":5,"geo":{"latitude":35,"longitude":139}}
    {"id":"mocha","name":{"en":"Mocha"},"description":{"en":"A coffee."},"kind":"coffee","mood":["calm"]}

    """
  static let graph = "country:japan\tlabel@en\t\"Japan\"\nperson:eisai\tlabel@en\t\"Eisai\"\nsencha\tmade_by\tperson:eisai\n"
}

@Suite struct PackFaultTests {
  @Test func theFixtureIsGood() throws {
    let fixture = try PackFixture()
    #expect(fixture.faults.isEmpty)
    let pack = try PackReader.read(fixture.folder)
    #expect(pack.items.count == 2)
    // The slot's node is a fact too.
    #expect(pack.graph.facts(about: "sencha").map(\.predicate) == ["made_by", "in_origin"])
    #expect(pack.sentence(subject: "sencha", predicate: "made_by", object: "person:eisai", language: "en") == "Sencha was made by Eisai")
  }

  /// One fault each: what is spoiled, where it must be found, and a word of the problem.
  struct Case: Sendable, CustomTestStringConvertible {
    var file: String
    var old: String
    var new: String
    var at: (file: String, line: Int, field: String)
    var testDescription: String { "\(at.file) \(at.field): \(new.prefix(40))" }
  }

  private static let yaml = "pack.yaml"
  private static let catalogue = "catalog/items.jsonl"
  private static let graph = "knowledge/graph.tsv"
  private static let said = "language/utterances.en.tsv"

  static let cases: [Case] = [
    Case(file: yaml, old: "id: drinks", new: "id: Drinks & Co", at: (yaml, 1, "id")),
    Case(file: yaml, old: "version: 1.0.0\n", new: "", at: (yaml, 1, "version")),
    Case(file: yaml, old: "licence: CC0-1.0\n", new: "", at: (yaml, 1, "licence")),
    Case(
      file: yaml, old: "licence: CC0-1.0\n", new: "licence: CC0-1.0\nmodels: {language: models/../../secret.gguf}\n",
      at: (yaml, 6, "models.language")),
    Case(
      file: yaml, old: "licence: CC0-1.0\n", new: "licence: CC0-1.0\nmodels: {language: base, adapter: lora}\n",
      at: (yaml, 6, "models.adapter")),
    Case(
      file: yaml, old: "licence: CC0-1.0\n", new: "licence: CC0-1.0\nmodels: {adapter: models/a.gguf}\n", at: (yaml, 6, "models.language")),
    Case(file: yaml, old: "name: {en: Drinks}\n", new: "", at: (yaml, 1, "name")),
    Case(file: yaml, old: "languages: [en]\n", new: "", at: (yaml, 1, "languages")),
    Case(file: yaml, old: "licence:", new: "license:", at: (yaml, 5, "license")),
    Case(file: yaml, old: "name: {en: Drinks}", new: "name: {fr: Boissons}", at: (yaml, 3, "name.fr")),
    Case(file: yaml, old: "context: [mood]", new: "context: [weather]", at: (yaml, 7, "context")),
    Case(file: yaml, old: "durationSlot: minutes", new: "durationSlot: kind", at: (yaml, 8, "durationSlot")),
    Case(file: yaml, old: "niche: 0.5", new: "niche: 5", at: (yaml, 9, "ranking.niche")),
    Case(file: yaml, old: "diversitySlots: [kind]", new: "diversitySlots: [colour]", at: (yaml, 9, "ranking.diversitySlots")),
    Case(file: yaml, old: "type: number", new: "type: integer", at: (yaml, 24, "slots.minutes.type")),
    Case(file: yaml, old: "atMost: 5, ", new: "", at: (yaml, 24, "slots.minutes.ranges.quick")),
    Case(file: yaml, old: "atMost: 5,", new: "atMost: 5, atLeast: 2,", at: (yaml, 24, "slots.minutes.ranges.quick")),
    Case(file: yaml, old: "atMost: 5,", new: "atMost: five,", at: (yaml, 24, "slots.minutes.ranges.quick.atMost")),
    Case(
      file: yaml, old: "nodeType: country, ", new: "nodeType: country, ranges: {near: {atMost: 1, label: {en: near}}}, ",
      at: (yaml, 11, "slots.origin.ranges")),
    Case(file: yaml, old: "hard: true", new: "hard: yes please", at: (yaml, 14, "slots.kind.hard")),
    Case(file: yaml, old: "nodeType: country, ", new: "", at: (yaml, 11, "slots.origin.nodeType")),
    Case(file: yaml, old: "{s} was made by {o}", new: "made by someone", at: (yaml, 26, "relations.made_by.sentence.en")),
    Case(file: yaml, old: "asked: {en: [who made]}", new: "asked: {en: who made}", at: (yaml, 26, "relations.made_by.asked.en")),
    Case(file: yaml, old: "ranking: {", new: "ranking: [", at: (yaml, 9, "yaml")),
    Case(file: catalogue, old: "{\"id\":\"mocha\"", new: "{\"id\":mocha", at: (catalogue, 2, "line")),
    Case(file: catalogue, old: "\"id\":\"mocha\",", new: "", at: (catalogue, 2, "id")),
    Case(file: catalogue, old: "\"id\":\"mocha\"", new: "\"id\":\"sencha\"", at: (catalogue, 2, "id")),
    Case(file: catalogue, old: "\"name\":{\"en\":\"Mocha\"}", new: "\"name\":\"Mocha\"", at: (catalogue, 2, "name")),
    Case(file: catalogue, old: "\"name\":{\"en\":\"Mocha\"},", new: "", at: (catalogue, 2, "name.en")),
    Case(file: catalogue, old: "{\"en\":\"A coffee.\"}", new: "{\"de\":\"Kaffee\"}", at: (catalogue, 2, "description.de")),
    Case(file: catalogue, old: "\"kind\":\"coffee\"", new: "\"kind\":\"cofee\"", at: (catalogue, 2, "kind")),
    Case(file: catalogue, old: "\"kind\":\"coffee\"", new: "\"colour\":\"brown\"", at: (catalogue, 2, "colour")),
    Case(file: catalogue, old: "\"minutes\":5", new: "\"minutes\":\"five\"", at: (catalogue, 1, "minutes")),
    Case(file: catalogue, old: "\"latitude\":35", new: "\"latitude\":350", at: (catalogue, 1, "geo")),
    Case(file: catalogue, old: "\"origin\":\"japan\"", new: "\"origin\":\"Japan!\"", at: (catalogue, 1, "origin")),
    Case(file: catalogue, old: "\"origin\":\"japan\"", new: "\"origin\":\"peru\"", at: (catalogue, 0, "sencha.origin")),
    Case(file: graph, old: "sencha\tmade_by\tperson:eisai", new: "sencha made_by person:eisai", at: (graph, 3, "columns")),
    Case(file: graph, old: "sencha\tmade_by", new: "genmaicha\tmade_by", at: (graph, 3, "subject")),
    Case(file: graph, old: "sencha\tmade_by", new: "Sencha Tea\tmade_by", at: (graph, 3, "subject")),
    Case(file: graph, old: "made_by\tperson:eisai", new: "grown_by\tperson:eisai", at: (graph, 3, "predicate")),
    Case(file: graph, old: "made_by\tperson:eisai", new: "made_by\t\"Eisai", at: (graph, 3, "object")),
    Case(file: graph, old: "made_by\tperson:eisai", new: "made_by\tperson:rikyu", at: (graph, 3, "person:rikyu")),
    Case(file: graph, old: "label@en\t\"Eisai\"", new: "label@en\tEisai", at: (graph, 2, "object")),
    Case(file: graph, old: "label@en\t\"Eisai\"", new: "label@xx\t\"Eisai\"", at: (graph, 2, "predicate")),
    Case(file: said, old: "question\trecommend", new: "question recommend", at: (said, 1, "columns")),
    Case(file: said, old: "question", new: "query", at: (said, 1, "act")),
    Case(file: said, old: "recommend", new: "suggest", at: (said, 1, "goal")),
    Case(file: said, old: "recommend\t0", new: "recommend\tno", at: (said, 1, "indirect")),
    Case(file: said, old: "kind=tea", new: "kind=beer", at: (said, 1, "constraints")),
    Case(file: said, old: "kind=tea\t", new: "kind=tea\tpositive", at: (said, 1, "sentiment")),
    Case(file: said, old: "recommend\t0\tkind=tea", new: "feedback\t0\t", at: (said, 1, "sentiment")),
  ]

  @Test(arguments: cases) func faultIsNamed(_ fault: Case) throws {
    let fixture = try PackFixture()
    try fixture.replace(fault.file, fault.old, fault.new)
    let found = fixture.faults.filter { $0.severity == .error }
    #expect(
      found.contains { $0.file == fault.at.file && $0.line == fault.at.line && $0.field == fault.at.field },
      "found only \(found.map(\.description))")
    #expect(found.allSatisfy { !$0.mend.isEmpty && !$0.problem.isEmpty })
    #expect(throws: PackError.self) { try PackReader.read(fixture.folder) }
  }

  @Test func doubledUtteranceIsNamed() throws {
    let fixture = try PackFixture()
    let row = "Tea?\tquestion\trecommend\t0\t\t\n"
    try fixture.put("language/utterances.en.tsv", row + row)
    #expect(fixture.faults.contains { $0.line == 2 && $0.field == "text" })
  }

  @Test func evalFilesAreChecked() throws {
    let fixture = try PackFixture()
    try fixture.put(
      "eval/utterances.en.tsv", "train\tTea?\tquestion\trecommend\t0\t\t\t\ndev\tMore\tanswer\trefine\t0\t\t\tperson:nobody\n")
    try fixture.put("eval/requests.en.tsv", "dev\tgreen tea\tsencha:9\ndev\tmilk\tmilk:1\n")
    let fields = Set(fixture.faults.map { "\($0.file):\($0.line):\($0.field)" })
    #expect(
      fields.isSuperset(of: [
        "eval/utterances.en.tsv:1:half", "eval/utterances.en.tsv:2:entities", "eval/requests.en.tsv:1:relevant",
        "eval/requests.en.tsv:2:relevant",
      ]), "\(fields)")
  }

  @Test func badBytesAreNamed() throws {
    let fixture = try PackFixture()
    try fixture.put("knowledge/graph.tsv", Data([0x61, 0xFF, 0x0A]))
    #expect(fixture.faults.contains { $0.file == "knowledge/graph.tsv" && $0.line == 1 && $0.problem.contains("UTF-8") })
  }

  @Test func tooLongLinesAreNamed() throws {
    let fixture = try PackFixture()
    try fixture.put("catalog/items.jsonl", String(repeating: "x", count: 1 << 17))
    #expect(fixture.faults.contains { $0.file == "catalog/items.jsonl" && $0.problem.contains("longer") })
  }

  @Test func filesOutsideThePackAreNotRead() throws {
    let fixture = try PackFixture()
    let graph = fixture.folder.appendingPathComponent("knowledge/graph.tsv")
    try FileManager.default.removeItem(at: graph)
    try FileManager.default.createSymbolicLink(at: graph, withDestinationURL: URL(fileURLWithPath: "/etc/passwd"))
    #expect(fixture.faults.contains { $0.file == "knowledge/graph.tsv" && $0.problem.contains("leads out") })
  }

  @Test func missingFoldersAndFilesAreNamed() throws {
    #expect(PackReader.check(URL(fileURLWithPath: "/nonexistent/pack")).faults.count == 1)
    let fixture = try PackFixture()
    try FileManager.default.removeItem(at: fixture.folder.appendingPathComponent("catalog/items.jsonl"))
    #expect(fixture.faults.contains { $0.file == "catalog/items.jsonl" && $0.line == 0 })
  }

  /// Whatever the bytes, checking ends with faults or a pack and never with a crash.
  @Test(arguments: ["pack.yaml", "catalog/items.jsonl", "knowledge/graph.tsv", "language/utterances.en.tsv"])
  func fuzz(_ path: String) throws {
    var generator = SystemRandomNumberGenerator()
    let fixture = try PackFixture()
    let good = try Data(contentsOf: fixture.folder.appendingPathComponent(path))
    for _ in 0..<150 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: at)
        default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: at)
        }
      }
      try fixture.put(path, bytes)
      let (pack, faults) = PackReader.check(fixture.folder)
      #expect(pack != nil || !faults.isEmpty)
    }
  }
}

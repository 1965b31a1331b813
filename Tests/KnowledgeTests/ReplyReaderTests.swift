import Foundation
import Frames
import Knowledge
import Testing

@Suite struct ReplyReaderTests {
  private static let file = "language/replies.en.tsv"

  private func faults(_ row: String) throws -> [PackFault] {
    let fixture = try PackFixture()
    try fixture.put(Self.file, "# user\tgoal\titems\treply\n\(row)\n")
    return fixture.faults
  }

  @Test func rowsBecomeExamples() throws {
    let fixture = try PackFixture()
    try fixture.put(
      Self.file,
      "# user\tgoal\titems\treply\nI'm jittery\trecommend\t1:kind=tea,minutes=5.0 2:mood=calm\t{1} is {1.a.kind} from {1.origin}. {1.fact} {1.about}\n"
        + "Thanks\tfeedback\t\tYou're welcome.\n")
    #expect(fixture.faults.isEmpty)
    let pack = try PackReader.read(fixture.folder)
    #expect(pack.replies.count == 2)
    let example = try #require(pack.replies.first)
    #expect(example.language == "en" && example.goal == .recommend && example.items.count == 2)
    #expect(example.items[0] == [.init(slot: "kind", value: .value("tea")), .init(slot: "minutes", value: .value("5"))])
    #expect(
      example.reply.placeholders.map(\.content)
        == [.name, .slot("kind", article: true), .slot("origin", article: false), .fact, .about])
    let (sencha, mocha) = (try #require(pack.item("sencha")), try #require(pack.item("mocha")))
    #expect(pack.fits(sencha, example, at: 0) && !pack.fits(mocha, example, at: 0))
    #expect(pack.fits(mocha, example, at: 1) && !pack.fits(sencha, example, at: 1))
    #expect(pack.factSentences(about: sencha, language: "en") == ["Sencha was made by Eisai"])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var row: String
    var field: String
    var problem: String
    var testDescription: String { "\(field): \(row)" }
  }

  static let cases: [Case] = [
    Case(row: "Tea?\trecommend\t{1}.", field: "columns", problem: "3"),
    Case(row: "Tea?\tsocial\t1\t{1}.", field: "goal", problem: "social"),
    Case(row: " \trecommend\t1\t{1}.", field: "user", problem: "empty"),
    Case(row: "Tea?\trecommend\t1\t", field: "reply", problem: "empty"),
    Case(row: "Tea?\trecommend\t\t{1}.", field: "items", problem: "0"),
    Case(row: "Tea?\trecommend\t1 2 3 4 5\t{1}.", field: "items", problem: "5"),
    Case(row: "Tea?\trecommend\t1 3\t{1}.", field: "items", problem: "item 2"),
    Case(row: "Tea?\trecommend\t1:kind\t{1}.", field: "items", problem: "slot=value"),
    Case(row: "Tea?\trecommend\t1:colour=red\t{1}.", field: "items", problem: "colour"),
    Case(row: "Tea?\trecommend\t1:kind=water\t{1}.", field: "items", problem: "water"),
    Case(row: "Tea?\trecommend\t1:minutes=inf\t{1}.", field: "items", problem: "inf"),
    Case(row: "Tea?\trecommend\t1:origin=france\t{1}.", field: "items", problem: "france"),
    Case(row: "Tea?\trecommend\t1:kind=@1\t{1}.", field: "items", problem: "earlier"),
    Case(row: "Tea?\trecommend\t1 2:kind=@2\t{1}.", field: "items", problem: "earlier"),
    Case(row: "Tea?\trecommend\t1:kind=tea,mood=calm\t{1}.", field: "items", problem: "no item"),
    Case(row: "Tea?\trecommend\t1:kind=coffee\t{1} is from {1.origin}.", field: "items", problem: "no item"),
    Case(row: "Tea?\trecommend\t1\t{2}.", field: "reply", problem: "item 2"),
    Case(row: "{1.colour}?\trecommend\t1\t{1}.", field: "user", problem: "colour"),
    Case(row: "Tea?\trecommend\t1\t{1.}.", field: "reply", problem: "placeholder"),
    Case(row: "Tea?\trecommend\t1\t{1.the.kind}.", field: "reply", problem: "placeholder"),
    Case(row: "Tea?\trecommend\t1\t{0}.", field: "reply", problem: "number"),
    Case(row: "Tea?\trecommend\t1\t{}.", field: "reply", problem: "number"),
    Case(row: "Tea?\trecommend\t1\t{1.", field: "reply", problem: "brace"),
    Case(row: "Tea?\trecommend\t1\t1}.", field: "reply", problem: "brace"),
    Case(row: "Tea?\trecommend\t1\t{1.about}.", field: "reply", problem: "whole sentence"),
    Case(row: "Tea?\trecommend\t1\t{1} takes 5 minutes.", field: "reply", problem: "number 5"),
    Case(row: "Tea?\trecommend\t1\t{1} takes ５ minutes.", field: "reply", problem: "number ５"),
    Case(row: "Tea?\trecommend\t1\tYes.", field: "reply", problem: "no placeholder"),
    Case(row: "Tea?\trecommend\t1\t{1}.\nMore tea?\trecommend\t1\t{1}.", field: "reply", problem: "line 2"),
  ]

  @Test(arguments: cases) func everyFaultIsNamed(_ spoiled: Case) throws {
    let faults = try faults(spoiled.row)
    #expect(faults.count == 1)
    let fault = try #require(faults.first)
    #expect(fault.severity == .error && fault.file == Self.file && fault.field == spoiled.field)
    #expect(fault.line == 2 + spoiled.row.filter { $0 == "\n" }.count)
    #expect(fault.problem.contains(spoiled.problem), "\(fault)")
    #expect(!fault.mend.isEmpty)
  }

  @Test func articlesAreEnglish() throws {
    let fixture = try PackFixture()
    try fixture.replace("pack.yaml", "languages: [en]", "languages: [en, ja]")
    try fixture.put("language/replies.ja.tsv", "お茶ある？\trecommend\t1\t{1}は{1.a.kind}です。\n")
    #expect(fixture.faults.contains { $0.file == "language/replies.ja.tsv" && $0.problem.contains("article") })
    try fixture.put("language/replies.fr.tsv", "Du thé?\trecommend\t1\t{1}.\n")
    #expect(fixture.faults.contains { $0.file == "language/replies.fr.tsv" && $0.field == "language" })
  }
}

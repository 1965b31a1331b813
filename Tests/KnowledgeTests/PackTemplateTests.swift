import Foundation
import Knowledge
import Testing

@Suite struct PackTemplateTests {
  private func temporary() -> URL { FileManager.default.temporaryDirectory.appendingPathComponent("osusume-new-\(UUID().uuidString)") }

  @Test func theExampleIsAGoodPack() throws {
    let folder = temporary()
    defer { try? FileManager.default.removeItem(at: folder) }
    try PackTemplate.write(id: "games", csv: nil, language: "en", to: folder)
    let pack = try PackReader.read(folder)
    #expect(pack.items.map(\.id) == ["catan", "azul", "dobble"])
    #expect(pack.manifest.slot("mood")?.values.map(\.id) == ["lively", "thoughtful", "quiet"])
    #expect(!pack.utterances.isEmpty)
  }

  @Test func aCSVBecomesAPack() throws {
    let folder = temporary()
    defer { try? FileManager.default.removeItem(at: folder) }
    let csv =
      "Name,Kind,Year,Keywords,Description\r\n\"Soup, hot\",starter,1999,warm|salty,\"She said \"\"yes\"\".\"\r\n寿司,main,2001,,Fish on rice\r\n"
    try PackTemplate.write(id: "menu", csv: csv, language: "en", to: folder)
    let pack = try PackReader.read(folder)
    #expect(pack.items.map { $0.name["en"] } == ["Soup, hot", "寿司"])
    #expect(pack.items[0].description["en"] == "She said \"yes\".")
    #expect(pack.items[0].attributes["year"] == [.number(1999)])
    #expect(pack.items[0].keywords["en"] == ["warm", "salty"])
    #expect(pack.items[1].kind == "main")
  }

  @Test(arguments: ["", "kind\nx\n", "name,kind\n", "name,kind\nonly one\n", "name\n\"open\n", "name,種類\na,b\n"])
  func badCSVIsRefused(_ csv: String) {
    #expect(throws: PackTemplate.Failure.self) { try PackTemplate.write(id: "x", csv: csv, language: "en", to: temporary()) }
  }

  @Test func nothingIsOverwritten() throws {
    let folder = temporary()
    defer { try? FileManager.default.removeItem(at: folder) }
    try PackTemplate.write(id: "games", csv: nil, language: "en", to: folder)
    #expect(throws: PackTemplate.Failure.self) { try PackTemplate.write(id: "games", csv: nil, language: "en", to: folder) }
  }
}

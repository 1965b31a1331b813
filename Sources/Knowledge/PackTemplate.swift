import Foundation

/// Writes a new pack: from a CSV of items, or an example to edit.
public enum PackTemplate {
  /// A CSV that cannot become a pack.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public var line: Int
    public var problem: String
    public var mend: String
    public var description: String { "line \(line): \(problem). \(mend)." }
  }

  private static let example = """
    name,kind,price,mood,description
    Catan,strategy,moderate,lively|thoughtful,Settlers trade wool and ore to build roads and towns on an island.
    Azul,abstract,moderate,quiet,Players draft coloured tiles to cover a palace wall in patterns.
    Dobble,party,cheap,lively,Two cards always share one picture; the first to see it wins.
    """

  /// - Parameters:
  ///   - csv: header with `name`, and any of `id`, `kind`, `description`, `keywords`, `popularity`; every other column
  ///     becomes a slot. Several values in a cell are separated by `|`.
  ///   - folder: must not exist or be empty.
  public static func write(id: String, csv: String?, language: String, to folder: URL) throws {
    guard ManifestReader.isSlug(id) else {
      throw Failure(line: 0, problem: "\"\(id)\" is no pack id", mend: "Use a–z, 0–9 and hyphens")
    }
    if let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path), !names.isEmpty {
      throw Failure(line: 0, problem: "\(folder.path) is not empty", mend: "Choose another folder")
    }
    let table = try CSVTable(csv ?? example)
    let columns = try table.slots()
    for name in ["catalog", "knowledge", "language"] {
      try FileManager.default.createDirectory(at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    func put(_ text: String, _ path: String) throws {
      try Data(text.utf8).write(to: folder.appendingPathComponent(path))
    }
    try put(manifest(id: id, language: language, columns), "pack.yaml")
    try put(try table.items(columns, language: language), "catalog/items.jsonl")
    try put("# subject<TAB>predicate<TAB>object: facts that replies may state. See PACKS.md.\n", "knowledge/graph.tsv")
    try put(utterances(columns), "language/utterances.\(language).tsv")
  }

  private static func manifest(id: String, language: String, _ columns: [CSVTable.Column]) -> String {
    var text = """
      id: \(id)
      version: 0.1.0
      name: {\(language): \(id)}
      languages: [\(language)]
      licence: CC-BY-4.0
      itemNoun: {\(language): item}
      clarifyBelow: 0.3
      slots:

      """
    for column in columns {
      text += "  \(column.name):\n    type: \(column.isNumber ? "number" : "enum")\n    label: {\(language): \(column.name)}\n"
      if column.name == "kind" { text += "    hard: true\n    group: what\n" }
      guard !column.isNumber else { continue }
      text += "    values:\n"
      for value in column.values {
        let words = value.text.replacing("\"", with: "")
        text += "      \(value.slug): {label: {\(language): \"\(words)\"}, synonyms: {\(language): [\"\(words.lowercased())\"]}}\n"
      }
    }
    text += "relations:\n  made_by: {weight: 0.8, sentence: {\(language): \"{s} was made by {o}\"}, asked: {\(language): [who made]}}\n"
    return text
  }

  /// Enough to begin with; an author replaces them by what people really say.
  private static func utterances(_ columns: [CSVTable.Column]) -> String {
    var rows = [
      "Can you recommend something?\trequest\trecommend\t0\t\t", "What would you pick?\tquestion\trecommend\t0\t\t",
      "I have no idea what to choose\tstatement\trecommend\t1\t\t", "I'm bored\tstatement\trecommend\t1\t\t",
      "Something else please\trequest\trefine\t0\t\t", "Not that one, another\tanswer\trefine\t0\t\t",
      "Tell me about the first one\trequest\tinform\t0\t\t", "Who made it?\tquestion\tinform\t0\t\t",
      "Which of the two is better?\tquestion\tcompare\t0\t\t", "Why that one?\tquestion\texplain\t0\t\t",
      "I loved it\tstatement\tfeedback\t0\t\tpositive", "That was awful\tstatement\tfeedback\t0\t\tnegative",
      "I know that one already\tstatement\tfeedback\t0\t\tknown", "I'll take the second\tstatement\tfeedback\t0\t\tchosen",
      "Hello\tgreeting\tsocial\t0\t\t", "Thank you\tthanks\tsocial\t0\t\t", "Goodbye\tgoodbye\tsocial\t0\t\t",
      "What can you do?\tquestion\tmeta\t0\t\t", "Forget what I said\trequest\tmeta\t0\t\t",
      "What is the square root of nine?\tquestion\tout_of_domain\t0\t\t", "Write me a poem about tax\trequest\tout_of_domain\t0\t\t",
    ]
    for column in columns where !column.isNumber {
      for value in column.values.prefix(4) {
        rows.append("Something \(value.text.lowercased()) please\trequest\trecommend\t0\t\(column.name)=\(value.slug)\t")
        rows.append("I'm in the mood for \(value.text.lowercased())\tstatement\trecommend\t0\t\(column.name)=\(value.slug)\t")
      }
    }
    return rows.joined(separator: "\n") + "\n"
  }
}

import Frames

/// A CSV (RFC 4180) of items.
struct CSVTable {
  struct Value { var text: String; var slug: String }
  struct Column {
    var name: String
    var index: Int
    var isNumber: Bool
    var values: [Value]
  }

  private let header: [String]
  private let rows: [(line: Int, cells: [String])]
  private static let texts: Set<String> = ["id", "name", "description", "keywords"]

  init(_ text: String) throws {
    var parsed = try Self.parse(text)
    guard !parsed.isEmpty else { throw PackTemplate.Failure(line: 1, problem: "the CSV is empty", mend: "Begin with a header") }
    header = parsed.removeFirst().cells.map { Self.trim($0).lowercased() }
    rows = parsed
    guard header.contains("name") else {
      throw PackTemplate.Failure(line: 1, problem: "there is no column \"name\"", mend: "Name a column \"name\"")
    }
    guard !rows.isEmpty else { throw PackTemplate.Failure(line: 2, problem: "there are no items", mend: "Add a line an item") }
    for row in rows where row.cells.count != header.count {
      throw PackTemplate.Failure(
        line: row.line, problem: "has \(row.cells.count) cells, not \(header.count)", mend: "Put cells with commas in double quotes")
    }
  }

  private static func trim(_ text: String) -> String {
    String(text.trimmingPrefix(while: \.isWhitespace).reversed().trimmingPrefix(while: \.isWhitespace).reversed())
  }

  static func slug(_ text: String) -> String {
    var result = ""
    for scalar in text.lowercased().unicodeScalars {
      if ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) {
        result.unicodeScalars.append(scalar)
      } else if !result.hasSuffix("-"), !result.isEmpty {
        result += "-"
      }
    }
    while result.hasSuffix("-") { result.removeLast() }
    return result
  }

  /// Every column that is not a text becomes a slot.
  func slots() throws -> [Column] {
    var columns: [Column] = []
    for (index, name) in header.enumerated() where !Self.texts.contains(name) && !name.isEmpty {
      let slot = Self.slug(name)
      guard !slot.isEmpty else {
        throw PackTemplate.Failure(line: 1, problem: "the column \"\(name)\" has no Latin letter", mend: "Name it in a–z")
      }
      let cells = rows.flatMap { split($0.cells[index]) }
      let isNumber = !cells.isEmpty && cells.allSatisfy { Double($0) != nil }
      var values: [Value] = []
      for (place, cell) in cells.enumerated() where !isNumber {
        // A name without Latin letters still needs an id.
        let own = Self.slug(cell)
        if !values.contains(where: { $0.text == cell }) { values.append(Value(text: cell, slug: own.isEmpty ? "value-\(place)" : own)) }
      }
      if isNumber || !values.isEmpty { columns.append(Column(name: slot, index: index, isNumber: isNumber, values: values)) }
    }
    return columns
  }

  private func split(_ cell: String) -> [String] { cell.split(separator: "|").map { Self.trim(String($0)) }.filter { !$0.isEmpty } }

  func items(_ columns: [Column], language: String) throws -> String {
    var used = Set<String>()
    var text = ""
    for row in rows {
      func cell(_ name: String) -> String { header.firstIndex(of: name).map { Self.trim(row.cells[$0]) } ?? "" }
      guard !cell("name").isEmpty else { throw PackTemplate.Failure(line: row.line, problem: "the name is empty", mend: "Name the item") }
      var id = Self.slug(cell("id").isEmpty ? cell("name") : cell("id"))
      if id.isEmpty { id = "item-\(row.line)" }
      if !used.insert(id).inserted {
        id += "-\(row.line)"
        used.insert(id)
      }
      var object: [String: JSONValue] = ["id": .string(id), "name": .object([language: .string(cell("name"))])]
      if !cell("description").isEmpty { object["description"] = .object([language: .string(cell("description"))]) }
      let keywords = split(cell("keywords"))
      if !keywords.isEmpty { object["keywords"] = .object([language: .array(keywords.map { .string($0) })]) }
      for column in columns {
        let values = split(row.cells[column.index])
        if values.isEmpty { continue }
        let json = values.map { value -> JSONValue in
          if column.isNumber { return .number(Double(value) ?? 0) }
          return .string(column.values.first { $0.text == value }?.slug ?? Self.slug(value))
        }
        object[column.name] = json.count == 1 ? json[0] : .array(json)
      }
      text += try JSONValue.object(object).line() + "\n"
    }
    return text
  }

  static func parse(_ text: String) throws -> [(line: Int, cells: [String])] {
    var rows: [(Int, [String])] = []
    var cells: [String] = []
    var cell = ""
    var quoted = false
    var wasQuoted = false
    var line = 1
    var start = 1
    func isBlank() -> Bool { cells.isEmpty && cell.allSatisfy(\.isWhitespace) && !wasQuoted }
    func endRow() {
      if !isBlank() {
        cells.append(cell)
        rows.append((start, cells))
      }
      (cells, cell, wasQuoted) = ([], "", false)
    }
    var scalars = Array(text.unicodeScalars)[...]
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    while let scalar = scalars.popFirst() {
      if quoted {
        if scalar == "\"" {
          if scalars.first == "\"" {
            cell.unicodeScalars.append(scalars.removeFirst())
          } else {
            quoted = false
          }
        } else {
          if scalar == "\n" { line += 1 }
          cell.unicodeScalars.append(scalar)
        }
      } else if scalar == "\"", cell.allSatisfy(\.isWhitespace) {
        (quoted, wasQuoted, cell) = (true, true, "")
      } else if scalar == "," {
        cells.append(cell)
        (cell, wasQuoted) = ("", false)
      } else if scalar == "\n" {
        endRow()
        line += 1
        start = line
      } else if scalar != "\r" {
        cell.unicodeScalars.append(scalar)
      }
    }
    if quoted {
      throw PackTemplate.Failure(line: start, problem: "a double quote is never closed", mend: "Close it, or double it inside a cell")
    }
    endRow()
    return rows
  }
}

import Foundation

/// A JSON value (RFC 8259) whose strings are kept to the byte and whose members keep their order.
///
/// Foundation's readers put members into dictionaries, where keys that differ only in Unicode normalisation become one: a
/// vocabulary would lose tokens.
enum ExactJSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([ExactJSON])
  case object([Member])

  struct Member: Sendable {
    var key: String
    var value: ExactJSON
  }

  /// The value of the last member of this name, or nil, also if this is no object or the value is null.
  subscript(key: String) -> ExactJSON? {
    guard case .object(let members) = self, let value = members.last(where: { $0.key == key })?.value else { return nil }
    if case .null = value { return nil }
    return value
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var bool: Bool? { if case .bool(let truth) = self { truth } else { nil } }
  var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  var array: [ExactJSON]? { if case .array(let values) = self { values } else { nil } }
  var members: [Member]? { if case .object(let members) = self { members } else { nil } }
  var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  static let deepest = 64

  /// - Throws: `ModelFileError` with the byte where the text stops being JSON.
  init(_ bytes: some Collection<UInt8>, file: String) throws(ModelFileError) {
    var reader = JSONReader(bytes: Array(bytes), file: file)
    self = try reader.document()
  }
}

private struct JSONReader {
  let bytes: [UInt8]
  let file: String
  var at = 0

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  private func refuse(_ problem: String) -> ModelFileError {
    ModelFileError(file: file, problem: "is not JSON: byte \(at): \(problem)", mend: "Download the model's folder again.")
  }

  mutating func document() throws(ModelFileError) -> ExactJSON {
    let value = try value(depth: 0)
    guard peek() == nil else { throw refuse("something stands behind the value") }
    return value
  }

  /// The next byte that is no white space.
  private mutating func peek() -> UInt8? {
    while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    return at < bytes.count ? bytes[at] : nil
  }

  private mutating func expect(_ character: Character) throws(ModelFileError) {
    guard peek() == character.asciiValue else { throw refuse("expected \(character)") }
    at += 1
  }

  private mutating func value(depth: Int) throws(ModelFileError) -> ExactJSON {
    guard depth < ExactJSON.deepest else { throw refuse("values are nested too deep") }
    switch peek() {
    case UInt8(ascii: "{"): return .object(try members(depth))
    case UInt8(ascii: "["): return .array(try elements(depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func members(_ depth: Int) throws(ModelFileError) -> [ExactJSON.Member] {
    try expect("{")
    var members: [ExactJSON.Member] = []
    if peek() == UInt8(ascii: "}") {
      at += 1
      return members
    }
    while true {
      guard peek() == UInt8(ascii: "\"") else { throw refuse("expected a name") }
      let key = try string()
      try expect(":")
      members.append(ExactJSON.Member(key: key, value: try value(depth: depth + 1)))
      if peek() == UInt8(ascii: "}") {
        at += 1
        return members
      }
      try expect(",")
    }
  }

  private mutating func elements(_ depth: Int) throws(ModelFileError) -> [ExactJSON] {
    try expect("[")
    var elements: [ExactJSON] = []
    if peek() == UInt8(ascii: "]") {
      at += 1
      return elements
    }
    while true {
      elements.append(try value(depth: depth + 1))
      if peek() == UInt8(ascii: "]") {
        at += 1
        return elements
      }
      try expect(",")
    }
  }

  private mutating func word(_ text: String, _ value: ExactJSON) throws(ModelFileError) -> ExactJSON {
    guard bytes[at...].starts(with: text.utf8) else { throw refuse("expected \(text)") }
    at += text.utf8.count
    return value
  }

  private mutating func number() throws(ModelFileError) -> ExactJSON {
    let start = at
    while at < bytes.count, (0x30...0x39).contains(bytes[at]) || "+-.eE".utf8.contains(bytes[at]) { at += 1 }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      at = start
      throw refuse("expected a value")
    }
    return .number(number)
  }

  private mutating func string() throws(ModelFileError) -> String {
    at += 1
    var text: [UInt8] = []
    while true {
      let start = at
      while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"), bytes[at] >= 0x20 { at += 1 }
      guard at < bytes.count, bytes[at] >= 0x20 else { throw refuse("the string does not end") }
      text += bytes[start..<at]
      at += 1
      if bytes[at - 1] == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      text += String(try escape()).utf8
    }
  }

  private mutating func escape() throws(ModelFileError) -> Unicode.Scalar {
    guard at < bytes.count else { throw refuse("the string does not end") }
    at += 1
    switch bytes[at - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try hex()
      guard (0xD800..<0xDC00).contains(unit), bytes[at...].starts(with: "\\u".utf8) else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
      let back = at
      at += 2
      let low = try hex()
      if (0xDC00..<0xE000).contains(low), let pair = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) { return pair }
      at = back
      return "\u{FFFD}"
    default: throw refuse("an unknown escape")
    }
  }

  private mutating func hex() throws(ModelFileError) -> UInt32 {
    guard bytes.count - at >= 4, bytes[at] != UInt8(ascii: "+"),
      let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    else { throw refuse("expected four hexadecimal digits") }
    at += 4
    return value
  }
}

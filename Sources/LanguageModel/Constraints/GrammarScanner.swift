/// The characters of a grammar's text: blanks, words, literals, classes and repetition marks.
struct GrammarScanner {
  private let scalars: [Unicode.Scalar]
  var index = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  var isAtEnd: Bool { index >= scalars.count }

  /// The next scalar; NUL at the end.
  var peek: Unicode.Scalar { index < scalars.count ? scalars[index] : "\0" }

  func position(_ index: Int) -> GrammarPosition {
    var place = GrammarPosition(line: 1, column: 1)
    for scalar in scalars.prefix(index) {
      if scalar == "\n" {
        place.line += 1
        place.column = 1
      } else {
        place.column += 1
      }
    }
    return place
  }

  func text(from start: Int) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[start..<min(index, scalars.count)])
    return String(view)
  }

  func unexpected(_ expected: String) -> GrammarError {
    let found = isAtEnd ? "the end of the text" : peek == "\n" ? "the end of the line" : "“\(peek)”"
    return .unexpected(found: found, expected: expected, at: position(index))
  }

  // MARK: - Blanks and words

  /// Skips spaces and comments, and line breaks if `lines`.
  mutating func skipBlank(lines: Bool) {
    while !isAtEnd {
      switch peek {
      case " ", "\t", "\r": index += 1
      case "\n" where lines: index += 1
      case "#": while !isAtEnd, peek != "\n" { index += 1 }
      default: return
      }
    }
  }

  /// Skips blanks and line breaks, but only if `next` follows them.
  mutating func skipLinesBefore(_ next: Unicode.Scalar) {
    let start = index
    skipBlank(lines: true)
    if peek != next {
      index = start
      skipBlank(lines: false)
    }
  }

  mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[min(index, scalars.count)...].starts(with: wanted) else { return false }
    index += wanted.count
    return true
  }

  /// Letters, digits, `-` and `_`; empty if none.
  mutating func word() -> String {
    let start = index
    while !isAtEnd, Self.isWord(peek) { index += 1 }
    return text(from: start)
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }

  // MARK: - Literals and classes

  /// The UTF-8 bytes of a literal, from its opening quote.
  mutating func literal() throws(GrammarError) -> [UInt8] {
    let start = index
    index += 1
    var bytes: [UInt8] = []
    while peek != "\"" {
      guard !isAtEnd, peek != "\n" else { throw .unclosedLiteral(at: position(start)) }
      bytes += ScalarSet.utf8(try character())
    }
    index += 1
    return bytes
  }

  /// A character class, from its opening bracket.
  mutating func characterClass() throws(GrammarError) -> ScalarSet {
    let start = index
    index += 1
    let isNegated = take("^")
    var ranges: [ClosedRange<UInt32>] = []
    while peek != "]" {
      guard !isAtEnd, peek != "\n" else { throw .unclosedClass(at: position(start)) }
      let from = index
      let low = try character()
      var high = low
      if peek == "-", index + 1 < scalars.count, scalars[index + 1] != "]" {
        index += 1
        guard !isAtEnd, peek != "\n" else { throw .unclosedClass(at: position(start)) }
        high = try character()
      }
      guard low <= high else { throw .reversedRange(text(from: from), at: position(from)) }
      ranges.append(low...high)
    }
    index += 1
    let set = isNegated ? ScalarSet(ranges).inverted : ScalarSet(ranges)
    guard !ranges.isEmpty, !set.ranges.isEmpty else { throw .emptyClass(at: position(start)) }
    return set
  }

  /// A character or an escape.
  private mutating func character() throws(GrammarError) -> UInt32 {
    let start = index
    let scalar = peek
    index += 1
    guard scalar == "\\" else { return scalar.value }
    guard !isAtEnd else { throw .badEscape("\\", at: position(start)) }
    let escape = peek
    index += 1
    switch escape {
    case "n": return 0x0A
    case "t": return 0x09
    case "r": return 0x0D
    case "\\", "\"", "[", "]", "^", "-": return escape.value
    case "x": return try hexadecimal(2, from: start)
    case "u": return try hexadecimal(4, from: start)
    case "U": return try hexadecimal(8, from: start)
    default: throw .badEscape(text(from: start), at: position(start))
    }
  }

  private mutating func hexadecimal(_ digits: Int, from start: Int) throws(GrammarError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = peek.properties.isASCIIHexDigit ? Character(peek).hexDigitValue : nil else {
        throw .badEscape(text(from: start), at: position(start))
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    guard Unicode.Scalar(value) != nil else { throw .badEscape(text(from: start), at: position(start)) }
    return value
  }

  // MARK: - Repetition marks

  /// `* + ? {m} {m,} {,n} {m,n}`, or nil if none follows.
  mutating func repetition() throws(GrammarError) -> (least: Int, most: Int?)? {
    switch peek {
    case "*":
      index += 1
      return (0, nil)
    case "+":
      index += 1
      return (1, nil)
    case "?":
      index += 1
      return (0, 1)
    case "{": return try bounds()
    default: return nil
    }
  }

  private mutating func bounds() throws(GrammarError) -> (least: Int, most: Int?) {
    let start = index
    index += 1
    let least = number()
    var most = least
    var hasComma = false
    skipBlank(lines: false)
    if take(",") {
      hasComma = true
      skipBlank(lines: false)
      most = number()
    }
    skipBlank(lines: false)
    let isClosed = take("}")
    let limit = GrammarParser.repetitionLimit
    guard isClosed, least != nil || most != nil, (least ?? 0) <= limit, (most ?? 0) <= limit, (least ?? 0) <= most ?? .max else {
      throw .badRepetition(text(from: start), at: position(start))
    }
    return (least ?? 0, hasComma ? most : least)
  }

  /// Digits; a number past the limit is returned as one more than it.
  private mutating func number() -> Int? {
    skipBlank(lines: false)
    var value: Int?
    while let digit = ("0"..."9").contains(peek) ? Int(peek.value) - 48 : nil {
      value = min((value ?? 0) * 10 + digit, GrammarParser.repetitionLimit + 1)
      index += 1
    }
    return value
  }
}

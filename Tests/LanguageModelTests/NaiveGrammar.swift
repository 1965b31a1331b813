/// A slow recogniser that shares nothing with the engine: backtracking over sets of end positions. It writes itself as GBNF.
indirect enum NaiveExpression {
  case text(String)
  case characters([Unicode.Scalar], isNegated: Bool)
  case sequence([NaiveExpression])
  case choice([NaiveExpression])
  case repeated(NaiveExpression, Int, Int?)
  case rule(Int)

  var gbnf: String {
    switch self {
    case .text(let text): "\"\(Self.escaped(text.unicodeScalars))\""
    case .characters(let scalars, let isNegated): "[\(isNegated ? "^" : "")\(Self.escaped(scalars))]"
    case .sequence(let parts): parts.isEmpty ? "\"\"" : "(" + parts.map(\.gbnf).joined(separator: " ") + ")"
    case .choice(let parts): "(" + parts.map(\.gbnf).joined(separator: " | ") + ")"
    case .repeated(let part, 0, nil): "(\(part.gbnf))*"
    case .repeated(let part, 1, nil): "(\(part.gbnf))+"
    case .repeated(let part, 0, 1): "(\(part.gbnf))?"
    case .repeated(let part, let least, let most): "(\(part.gbnf)){\(least),\(most.map(String.init) ?? "")}"
    case .rule(let rule): "r\(rule)"
    }
  }

  private static func escaped(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    scalars.map { scalar in
      switch scalar {
      case "\"", "\\", "]", "[", "^", "-": "\\\(scalar)"
      case "\n": "\\n"
      default: scalar.value % 2 == 0 && scalar.value > 0x7F ? "\\U" + hexadecimal(scalar.value) : String(Character(scalar))
      }
    }.joined()
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

struct NaiveGrammar {
  /// Rule 0 is the root.
  var rules: [NaiveExpression]

  var gbnf: String {
    rules.indices.map { "\($0 == 0 ? "root" : "r\($0)") ::= \(rules[$0].gbnf)\n" }.joined() + "r0 ::= root\n"
  }

  /// Whether `bytes` is a text of the language, and whether some text of the language begins with it.
  func judge(_ bytes: [UInt8]) -> (isText: Bool, isPrefix: Bool) {
    var matcher = NaiveMatcher(rules: rules, bytes: bytes)
    let isText = matcher.ends(.rule(0), 0).contains(bytes.count)
    return (isText, isText || matcher.ranOut)
  }
}

private struct NaiveMatcher {
  let rules: [NaiveExpression]
  let bytes: [UInt8]
  /// Whether some reading reached the end of the bytes and wanted more.
  var ranOut = false
  private var known: [SIMD2<Int>: Set<Int>] = [:]

  init(rules: [NaiveExpression], bytes: [UInt8]) {
    self.rules = rules
    self.bytes = bytes
  }

  mutating func ends(_ expression: NaiveExpression, _ start: Int) -> Set<Int> {
    switch expression {
    case .text(let text): return literalEnds(Array(text.utf8), start)
    case .characters(let scalars, let isNegated): return characterEnds(scalars, isNegated, start)
    case .sequence(let parts):
      var places: Set<Int> = [start]
      for part in parts { places = places.reduce(into: []) { $0.formUnion(ends(part, $1)) } }
      return places
    case .choice(let parts): return parts.reduce(into: []) { $0.formUnion(ends($1, start)) }
    case .repeated(let part, let least, let most):
      var places: Set<Int> = [start]
      for _ in 0..<least { places = places.reduce(into: []) { $0.formUnion(ends(part, $1)) } }
      var all = places
      var round = least
      while round < most ?? .max, !places.isEmpty {
        let next: Set<Int> = places.reduce(into: []) { $0.formUnion(ends(part, $1)) }
        places = next.subtracting(all)
        all.formUnion(places)
        round += 1
      }
      return all
    case .rule(let rule):
      if let places = known[SIMD2(rule, start)] { return places }
      let places = ends(rules[rule], start)
      known[SIMD2(rule, start)] = places
      return places
    }
  }

  private mutating func literalEnds(_ text: [UInt8], _ start: Int) -> Set<Int> {
    for (offset, byte) in text.enumerated() {
      if start + offset == bytes.count {
        ranOut = true
        return []
      }
      if bytes[start + offset] != byte { return [] }
    }
    return [start + text.count]
  }

  private mutating func characterEnds(_ scalars: [Unicode.Scalar], _ isNegated: Bool, _ start: Int) -> Set<Int> {
    let rest = bytes[start...]
    guard let lead = rest.first else {
      ranOut = true
      return []
    }
    let length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0
    guard length > 0 else { return [] }
    let own = rest.prefix(length)
    guard own.dropFirst().allSatisfy({ $0 >> 6 == 2 }) else { return [] }
    var low = UInt32(length == 1 ? lead : lead & (0x7F >> UInt8(length)))
    for byte in own.dropFirst() { low = low << 6 | UInt32(byte & 0x3F) }
    let missing = UInt32(length - own.count) * 6
    let high = min((low + 1) << missing - 1, 0x10FFFF)
    low = max(low << missing, [0, 0, 0x80, 0x800, 0x10000][length])
    guard low <= high else { return [] }
    let fits = (low...high).contains { Unicode.Scalar($0).map { scalars.contains($0) != isNegated } ?? false }
    guard fits else { return [] }
    if missing > 0 {
      ranOut = true
      return []
    }
    return [start + length]
  }
}

// MARK: - Random grammars

extension NaiveGrammar {
  static let letters: [Unicode.Scalar] = ["a", "b", "c", "あ", "い", "é", "😀", "\""]

  /// Rules that refer to later ones anywhere and to any one behind a letter, always with an alternative that ends.
  static func random(using random: inout some RandomNumberGenerator) -> NaiveGrammar {
    let count = Int.random(in: 1...4, using: &random)
    return NaiveGrammar(
      rules: (0..<count).map { rule in
        let base = NaiveExpression.text(String(Character(letters.randomElement(using: &random) ?? "a")))
        return .choice([expression(after: rule, of: count, 4, &random), base])
      })
  }

  private static func expression(
    after rule: Int, of count: Int, _ depth: Int, _ random: inout some RandomNumberGenerator
  ) -> NaiveExpression {
    func inner(_ random: inout some RandomNumberGenerator) -> NaiveExpression { expression(after: rule, of: count, depth - 1, &random) }
    func scalars(_ random: inout some RandomNumberGenerator) -> [Unicode.Scalar] {
      (0..<Int.random(in: 1...3, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" }
    }
    switch depth == 0 ? Int.random(in: 0...1, using: &random) : Int.random(in: 0...9, using: &random) {
    case 0: return .text(String(String.UnicodeScalarView(scalars(&random))))
    case 1: return .characters(scalars(&random), isNegated: Int.random(in: 0...3, using: &random) == 0)
    case 2, 3: return .sequence((0..<Int.random(in: 0...3, using: &random)).map { _ in inner(&random) })
    case 4, 5: return .choice((0..<Int.random(in: 1...3, using: &random)).map { _ in inner(&random) })
    case 6:
      let least = Int.random(in: 0...2, using: &random)
      return .repeated(inner(&random), least, Bool.random(using: &random) ? nil : least + Int.random(in: 0...2, using: &random))
    case 7: return rule + 1 < count ? .rule(Int.random(in: rule + 1..<count, using: &random)) : .text("")
    case 8: return .repeated(inner(&random), 0, 1)
    default:
      let letter = NaiveExpression.text(String(Character(letters.randomElement(using: &random) ?? "a")))
      return .sequence([letter, .rule(Int.random(in: 0..<count, using: &random)), inner(&random)])
    }
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }
}

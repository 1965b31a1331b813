/// How items are named by codes.
public struct SemanticIDOptions: Sendable, Equatable, Codable {
  /// Codes of an id, from coarse to fine; at most 26, as a letter names each.
  public var levels: Int
  /// Codes to choose from at each level.
  public var codes: Int
  /// Rounds of k-means, and how often it starts anew.
  public var iterations: Int
  public var restarts: Int
  public var seed: UInt64

  public init(levels: Int = 3, codes: Int = 16, iterations: Int = 30, restarts: Int = 4, seed: UInt64 = 1) {
    (self.levels, self.codes, self.iterations, self.restarts, self.seed) = (levels, codes, iterations, restarts, seed)
  }

  /// Options with eight ids for every item: room for what comes later, and not so many codes that each stands for a few items only.
  public init(items: Int, levels: Int = 3, seed: UInt64 = 1) {
    var options = SemanticIDOptions(levels: levels, codes: 8, seed: seed)
    let (wanted, overflow) = items.multipliedReportingOverflow(by: 8)
    while options.capacity(prefix: 0) < (overflow ? .max : wanted), options.codes < Self.codeRange.upperBound { options.codes += 1 }
    self = options
  }

  public static let levelRange = 1...26
  public static let codeRange = 2...4096

  /// `<a_0>`, `<a_1>` … `<b_0>` …: every code's text, for a vocabulary in which each is one token.
  public var tokenTexts: [String] { (0..<levels).flatMap { level in (0..<codes).map { Self.text(level: level, code: $0) } } }

  static func text(level: Int, code: Int) -> String {
    let letter = Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8(level)))
    return "<\(letter)_\(code)>"
  }

  /// How many ids begin with one prefix of `length` codes: `codes ^ (levels - length)`, or `Int.max` where that is beyond 63 bits.
  func capacity(prefix length: Int) -> Int {
    var capacity = 1
    for _ in 0..<max(0, levels - length) {
      let (product, overflow) = capacity.multipliedReportingOverflow(by: codes)
      if overflow { return .max }
      capacity = product
    }
    return capacity
  }

  func check() throws(SemanticIDError) {
    guard Self.levelRange.contains(levels) else { throw .optionOutOfRange("levels", levels, Self.levelRange) }
    guard Self.codeRange.contains(codes) else { throw .optionOutOfRange("codes", codes, Self.codeRange) }
    guard (1...10_000).contains(iterations) else { throw .optionOutOfRange("iterations", iterations, 1...10_000) }
    guard (1...1000).contains(restarts) else { throw .optionOutOfRange("restarts", restarts, 1...1000) }
  }
}

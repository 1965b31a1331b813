import LanguageModel

extension RandomSource {
  /// A source that depends on the seed and on what it is for, and on nothing drawn before.
  init(seed: UInt64, for parts: String...) {
    self.init(seed: parts.reduce(seed) { StableHash.mix($0 ^ StableHash.of($1)) })
  }

  /// In 0..<count (Lemire 2019, without rejection: the bias is below 2⁻⁴⁰ for what is drawn here).
  mutating func below(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(max(1, count))).high) }

  mutating func chance(_ probability: Double) -> Bool { fraction() < probability }

  /// In 0..<1.
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.isEmpty ? nil : elements[below(elements.count)] }

  /// Fisher and Yates.
  mutating func shuffle<Element>(_ elements: inout [Element]) {
    for index in elements.indices.dropFirst().reversed() { elements.swapAt(index, below(index + 1)) }
  }
}

/// Hashes that are the same in every run and on every machine: what is held out must stay held out.
enum StableHash {
  /// FNV-1a over UTF-8, then mixed.
  static func of(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return mix(hash)
  }

  /// The finaliser of SplitMix64.
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In 0..<1.
  static func fraction(of text: String) -> Double { Double(of(text) >> 11) * 0x1p-53 }
}

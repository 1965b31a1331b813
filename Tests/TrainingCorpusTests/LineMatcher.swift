import LanguageModel

@testable import TrainingCorpus

/// A grammar followed byte by byte, by the engine that constrains generation.
struct LineMatcher {
  private let constraint: PatternConstraint
  private static let end: Int32 = 256

  init(_ grammar: String) throws {
    let bytes = (0..<256).map { [UInt8($0)] }
    let vocabulary = VocabularyTrie(tokens: bytes + [[]], endOfText: [Self.end])
    constraint = try PatternConstraint(.grammar(Grammar(grammar)), vocabulary: vocabulary)
  }

  func matches(_ text: String) -> Bool {
    var state = constraint.start
    for byte in text.utf8 {
      guard let next = constraint.advance(state, Int32(byte)) else { return false }
      state = next
    }
    return constraint.isComplete(state)
  }

  /// A text of the grammar, each byte by lot.
  func walk(_ random: inout RandomSource) -> String {
    var state = constraint.start
    var bytes: [UInt8] = []
    while true {
      var open: [Int32] = []
      constraint.allowed(state).forEach { open.append($0) }
      guard let token = random.pick(open), token != Self.end, let next = constraint.advance(state, token) else {
        return String(decoding: bytes, as: UTF8.self)
      }
      bytes.append(UInt8(token))
      state = next
    }
  }
}

import Frames

/// A reply with the evidence it was written from.
public struct Reply: Sendable {
  /// Parts that may be sent one after the other; their concatenation is the reply.
  public var parts: [String]
  /// Texts of the pack (descriptions, fact sentences, names, reasons) that the parts may draw on.
  public var evidence: [String]
  /// True when a question could not be answered from the pack and the reply says so.
  public var saysUnknown: Bool
  /// The node that an answer led to: the architect of "who designed it".
  public var leadsTo: String?

  public init(_ parts: [String] = [], evidence: [String] = [], saysUnknown: Bool = false) {
    self.parts = parts
    self.evidence = evidence
    self.saysUnknown = saysUnknown
  }

  public var text: String { parts.joined() }

  /// Adds a sentence of our own wording, which states nothing about the field.
  mutating func say(_ text: String, spaced: String) {
    guard !text.isEmpty else { return }
    parts.append((parts.isEmpty || parts.last?.hasSuffix("\n") == true ? "" : spaced) + text)
  }

  /// Adds a statement together with the pack text that carries it.
  mutating func state(_ text: String, from evidence: [String], spaced: String) {
    say(text, spaced: spaced)
    self.evidence += evidence
  }

  mutating func line(_ text: String) { parts.append((parts.isEmpty ? "" : "\n") + text) }
}

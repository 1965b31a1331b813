/// Cuts a text into the words within which byte pairs merge: the regular expressions of the models, read by hand.
///
/// `\p{L}`, `\p{N}` and `\s` are Unicode's. As in the expressions, the alternatives are tried in their order, and of a run of spaces the
/// last one goes with the word that follows.
public enum PreTokenizer: Sendable, CaseIterable {
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` (Radford et al. 2019).
  case gpt2
  /// `'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|
  /// \s+(?!\S)|\s+` (Llama 3).
  case llama3
  /// As `llama3`, but each digit is a word.
  case qwen2

  /// `tokenizer.ggml.pre` of GGUF.
  public init?(name: String) {
    switch name {
    case "gpt-2": self = .gpt2
    case "llama-bpe", "llama3", "llama-v3": self = .llama3
    case "qwen2", "deepseek-r1-qwen": self = .qwen2
    default: return nil
    }
  }

  /// The usual name in `tokenizer.ggml.pre`.
  public var name: String {
    switch self {
    case .gpt2: "gpt-2"
    case .llama3: "llama-bpe"
    case .qwen2: "qwen2"
    }
  }

  /// The end of the word that begins at byte `start` of well-formed UTF-8; always beyond `start`.
  package func wordEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    if let end = contractionEnd(in: text, from: start) { return end }
    return self == .gpt2 ? gpt2End(in: text, from: start) : llama3End(in: text, from: start)
  }

  private func gpt2End(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let space = text[start] == UInt8(ascii: " ") ? 1 : 0
    let (kind, length) = CharacterClass.at(start + space, in: text)
    switch kind {
    case .letter, .number, .other: return kind.end(in: text, from: start + space + length)
    case .newline, .space, .end: return spaceEnd(in: text, from: start)
    }
  }

  private func llama3End(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let (first, length) = CharacterClass.at(start, in: text)
    let next = start + length
    switch first {
    case .letter: return CharacterClass.letter.end(in: text, from: next)
    case .number: return self == .qwen2 ? next : CharacterClass.number.end(in: text, from: next, atMost: 2)
    case .space, .other:
      let (second, secondLength) = CharacterClass.at(next, in: text)
      if second == .letter { return CharacterClass.letter.end(in: text, from: next + secondLength) }
      guard first == .other || text[start] == UInt8(ascii: " ") && second == .other else { break }
      let signs = CharacterClass.other.end(in: text, from: next)
      return CharacterClass.newline.end(in: text, from: signs)
    case .newline, .end: break
    }
    return spaceEnd(in: text, from: start)
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`, without the first for GPT-2.
  private func spaceEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var place = start
    var lastStart = start
    var afterNewline: Int?
    while true {
      let (kind, length) = CharacterClass.at(place, in: text)
      if kind == .end { return self != .gpt2 ? afterNewline ?? place : place }
      guard kind.isWhitespace else { break }
      lastStart = place
      place += length
      if kind == .newline { afterNewline = place }
    }
    if self != .gpt2, let afterNewline { return afterNewline }
    return lastStart > start ? lastStart : place
  }

  /// `'s`, `'t`, `'m`, `'d`, `'re`, `'ve`, `'ll`.
  private func contractionEnd(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard text[start] == UInt8(ascii: "'"), start + 1 < text.count else { return nil }
    func letter(_ place: Int) -> Unicode.Scalar {
      guard place < text.count else { return "\0" }
      // Setting this bit makes an ASCII letter small, and makes none of what is not a letter one.
      return Unicode.Scalar(self == .gpt2 ? text[place] : text[place] | 0x20)
    }
    switch (letter(start + 1), letter(start + 2)) {
    case ("s", _), ("t", _), ("m", _), ("d", _): return start + 2
    case ("r", "e"), ("v", "e"), ("l", "l"): return start + 3
    default: return nil
    }
  }
}

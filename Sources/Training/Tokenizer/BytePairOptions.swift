public import LanguageModel

/// What a byte-level BPE vocabulary shall be like.
public struct BytePairOptions: Sendable, Equatable {
  /// Tokens in all: 256 bytes, merges and special tokens. Fewer come out if the text has no more pairs.
  public var vocabularySize: Int
  /// Cuts texts into the words within which pairs merge.
  public var preTokenizer: PreTokenizer
  /// A pair that occurs less often is not merged.
  public var minimumFrequency: Int
  /// The most bytes that a token may have. Japanese has no spaces, so that without a bound whole clauses of a repetitive text become tokens.
  public var longestToken: Int
  /// Whether a token must be a sequence of whole characters, or lie within one. Plain byte-level BPE also learns the end of one character
  /// with the beginning of the next, which Japanese has many of.
  public var keepsCharactersWhole: Bool
  /// Structure of a conversation: without text, and never read out of what a user writes.
  public var controlTokens: [String]
  /// Texts that are one token each wherever special tokens are read, as those of semantic ids.
  public var userDefinedTokens: [String]
  /// Which control token opens, ends and pads texts, and which one hands the turn over.
  public var endOfText: String?
  public var endOfTurn: String?

  public init(
    vocabularySize: Int, preTokenizer: PreTokenizer = .qwen2, minimumFrequency: Int = 2, longestToken: Int = 24,
    keepsCharactersWhole: Bool = true, controlTokens: [String] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    userDefinedTokens: [String] = [], endOfText: String? = "<|endoftext|>", endOfTurn: String? = "<|im_end|>"
  ) {
    (self.vocabularySize, self.preTokenizer, self.minimumFrequency) = (vocabularySize, preTokenizer, minimumFrequency)
    (self.longestToken, self.keepsCharactersWhole) = (longestToken, keepsCharactersWhole)
    (self.controlTokens, self.userDefinedTokens) = (controlTokens, userDefinedTokens)
    (self.endOfText, self.endOfTurn) = (endOfText, endOfTurn)
  }

  var specialTokens: [String] { controlTokens + userDefinedTokens }

  /// The smallest vocabulary with these special tokens.
  var smallestSize: Int { 256 + specialTokens.count }

  func check() throws(BytePairTrainingError) {
    var seen: Set<[UInt8]> = []
    for text in specialTokens {
      guard !text.isEmpty else { throw .emptySpecialToken }
      guard ByteLevelAlphabet.decode(text.utf8)?.count != 1 else { throw .specialTokenIsByte(text) }
      // Byte for byte: Swift's strings are equal where Unicode says so.
      guard seen.insert(Array(text.utf8)).inserted else { throw .repeatedSpecialToken(text) }
    }
    for text in [endOfText, endOfTurn].compactMap(\.self) where !controlTokens.contains(text) { throw .unknownSpecialToken(text) }
    guard vocabularySize >= smallestSize else { throw .vocabularyTooSmall(size: vocabularySize, smallest: smallestSize) }
  }
}

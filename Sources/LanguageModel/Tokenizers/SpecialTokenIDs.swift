/// The ids of the tokens that open and close texts and turns.
public struct SpecialTokenIDs: Sendable, Equatable {
  public var bos: Int32?
  public var eos: Int32?
  public var endOfTurn: Int32?
  /// What stands for text that the vocabulary cannot write.
  public var unknown: Int32?
  public var addsBOS: Bool
  public var addsEOS: Bool
  /// Further tokens at which generation stops.
  public var otherStops: Set<Int32> = []

  public init(
    bos: Int32? = nil, eos: Int32? = nil, endOfTurn: Int32? = nil, unknown: Int32? = nil, addsBOS: Bool = false, addsEOS: Bool = false
  ) {
    (self.bos, self.eos, self.endOfTurn, self.unknown) = (bos, eos, endOfTurn, unknown)
    (self.addsBOS, self.addsEOS) = (addsBOS, addsEOS)
  }

  public var endOfGeneration: Set<Int32> { otherStops.union([eos, endOfTurn].compactMap { $0 }) }

  /// Texts of tokens that hand the turn over, for files that do not say which one does.
  static let endOfTurnTexts = ["<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>"]
  /// Texts of tokens after which no model goes on.
  static let stopTexts = endOfTurnTexts + ["<|eom_id|>", "<|endoftext|>", "<|end_of_text|>", "</s>"]

  func check(count: Int, file: String) throws(TokenizerError) {
    let ids = [("bos_token_id", bos), ("eos_token_id", eos), ("eot_token_id", endOfTurn), ("unknown_token_id", unknown)]
    for (name, id) in ids {
      guard let id, id < 0 || Int(id) >= count else { continue }
      throw .idOutOfRange(file: file, field: "tokenizer.ggml.\(name)", id: Int(id), count: count)
    }
  }
}

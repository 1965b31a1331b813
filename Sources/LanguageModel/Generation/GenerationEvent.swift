/// What a generation gives out.
public enum GenerationEvent: Sendable, Equatable {
  case token(Int32)
  case ended(GenerationEnd)
}

/// Why a text ended.
public enum GenerationEnd: Sendable, Equatable {
  case stopToken(Int32)
  case maximumTokens
  /// The constraint's text is complete and allows nothing more.
  case constraint
  /// The context is full.
  case contextFull
}

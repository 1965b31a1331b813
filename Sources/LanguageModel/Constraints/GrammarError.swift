/// Where in a grammar's text: both from 1, columns in Unicode scalars.
public struct GrammarPosition: Sendable, Hashable, CustomStringConvertible {
  public var line: Int
  public var column: Int

  public var description: String { "line \(line), column \(column)" }
}

/// Why a grammar is refused: what, where, and how to mend it.
public enum GrammarError: Error, Sendable, Equatable, CustomStringConvertible {
  case unexpected(found: String, expected: String, at: GrammarPosition)
  case unclosedLiteral(at: GrammarPosition)
  case unclosedClass(at: GrammarPosition)
  case unclosedGroup(at: GrammarPosition)
  case emptyAlternative(at: GrammarPosition)
  case emptyClass(at: GrammarPosition)
  case badEscape(String, at: GrammarPosition)
  case reversedRange(String, at: GrammarPosition)
  case badRepetition(String, at: GrammarPosition)
  case undefinedRule(String, at: GrammarPosition)
  case duplicateRule(String, at: GrammarPosition, first: GrammarPosition)
  case missingRoot(String)
  case leftRecursion([String], at: GrammarPosition)
  case endlessRule(String, at: GrammarPosition)
  case tooDeep(limit: Int, at: GrammarPosition)
  case tooLarge(what: String, limit: Int)

  /// The place, if the fault has one.
  public var position: GrammarPosition? {
    switch self {
    case .unexpected(_, _, let place), .unclosedLiteral(let place), .unclosedClass(let place), .unclosedGroup(let place),
      .emptyAlternative(let place), .emptyClass(let place), .badEscape(_, let place), .reversedRange(_, let place),
      .badRepetition(_, let place), .undefinedRule(_, let place), .duplicateRule(_, let place, _), .leftRecursion(_, let place),
      .endlessRule(_, let place), .tooDeep(_, let place):
      place
    case .missingRoot, .tooLarge: nil
    }
  }

  public var description: String {
    let place = position.map { "\($0): " } ?? ""
    return "Grammar: \(place)\(problem)"
  }

  private var problem: String {
    switch self {
    case .unexpected(let found, let expected, _): "found \(found), expected \(expected)."
    case .unclosedLiteral: "the literal that begins here does not end on its line; close it with \", and write line breaks as \\n."
    case .unclosedClass: "the character class that begins here does not end on its line; close it with ]."
    case .unclosedGroup: "the group that begins here is not closed; add )."
    case .emptyAlternative: "nothing stands here; write \"\" for the empty string."
    case .emptyClass: "the character class has no character; name at least one."
    case .badEscape(let text, _):
      "\(text) is no escape; use \\n \\t \\r \\\\ \\\" \\[ \\] \\^ \\-, \\xNN, \\uNNNN or \\UNNNNNNNN with a Unicode scalar value."
    case .reversedRange(let text, _): "the range \(text) ends before it begins; swap its ends."
    case .badRepetition(let text, _):
      "\(text) is no repetition; write one of * + ? {m} {m,} {,n} {m,n} with m ≤ n ≤ \(GrammarParser.repetitionLimit), "
        + "and repeat a repetition only in parentheses."
    case .undefinedRule(let name, _): "the rule \(name) is not defined; add “\(name) ::= …”, or write @\(name) if it is bound from outside."
    case .duplicateRule(let name, _, let first): "the rule \(name) is already defined at \(first); join them with |."
    case .missingRoot(let name): "the rule \(name), where matching begins, is not defined; add “\(name) ::= …”."
    case .leftRecursion(let names, _):
      "left recursion: \((names + names.prefix(1)).joined(separator: " begins with ")); write the repetition with * or +."
    case .endlessRule(let name, _): "the rule \(name) can never end: every way through it needs itself; add an alternative without it."
    case .tooDeep(let limit, _): "groups are nested more than \(limit) deep; give the inner ones rules of their own."
    case .tooLarge(let what, let limit): "\(what) exceed the limit of \(limit); split or shorten the grammar."
    }
  }
}

import Testing

@testable import LanguageModel

@Suite struct GrammarParserTests {
  /// Every fault with its place; the message names it.
  @Test(arguments: [
    ("root ::= \"a", GrammarError.unclosedLiteral(at: GrammarPosition(line: 1, column: 10))),
    ("root ::= \"a\nb\"", .unclosedLiteral(at: GrammarPosition(line: 1, column: 10))),
    ("root ::= [a-z", .unclosedClass(at: GrammarPosition(line: 1, column: 10))),
    ("root ::= [a-", .unclosedClass(at: GrammarPosition(line: 1, column: 10))),
    ("root ::= (\"a\" | (\"b\"", .unclosedGroup(at: GrammarPosition(line: 1, column: 17))),
    ("root ::= (\"a\"\nnext ::= \"b\"", .unclosedGroup(at: GrammarPosition(line: 1, column: 10))),
    ("root ::= \"a\" | | \"b\"", .emptyAlternative(at: GrammarPosition(line: 1, column: 16))),
    ("root ::= ()", .emptyAlternative(at: GrammarPosition(line: 1, column: 11))),
    ("root ::=", .emptyAlternative(at: GrammarPosition(line: 1, column: 9))),
    ("root ::= []", .emptyClass(at: GrammarPosition(line: 1, column: 10))),
    ("root ::= [^\\x00-\\U0010FFFF]", .emptyClass(at: GrammarPosition(line: 1, column: 10))),
    ("root ::= \"\\q\"", .badEscape("\\q", at: GrammarPosition(line: 1, column: 11))),
    ("root ::= \"\\u00g0\"", .badEscape("\\u00", at: GrammarPosition(line: 1, column: 11))),
    ("root ::= \"\\uD800\"", .badEscape("\\uD800", at: GrammarPosition(line: 1, column: 11))),
    ("root ::= \"\\U00110000\"", .badEscape("\\U00110000", at: GrammarPosition(line: 1, column: 11))),
    ("root ::= [z-a]", .reversedRange("z-a", at: GrammarPosition(line: 1, column: 11))),
    ("root ::= \"a\"{3,2}", .badRepetition("{3,2}", at: GrammarPosition(line: 1, column: 13))),
    ("root ::= \"a\"{}", .badRepetition("{}", at: GrammarPosition(line: 1, column: 13))),
    ("root ::= \"a\"{99999999999999999999}", .badRepetition("{99999999999999999999}", at: GrammarPosition(line: 1, column: 13))),
    ("root ::= \"a\"+*", .badRepetition("+*", at: GrammarPosition(line: 1, column: 13))),
    ("root ::= \"あ\" other", .undefinedRule("other", at: GrammarPosition(line: 1, column: 14))),
    (
      "root ::= \"a\"\n\nroot ::= \"b\"",
      .duplicateRule("root", at: GrammarPosition(line: 3, column: 1), first: GrammarPosition(line: 1, column: 1))
    ),
    ("start ::= \"a\"", .missingRoot("root")),
    ("root ::= \"x\" | a\na ::= b \"y\" | \"c\"\nb ::= \"\"? a", .leftRecursion(["a", "b"], at: GrammarPosition(line: 2, column: 1))),
    ("root ::= (\"a\"? root) | \"b\"", .leftRecursion(["root"], at: GrammarPosition(line: 1, column: 1))),
    ("root ::= \"a\"* root | \"b\"", .leftRecursion(["root"], at: GrammarPosition(line: 1, column: 1))),
    ("root ::= (root)*", .leftRecursion(["root"], at: GrammarPosition(line: 1, column: 1))),
    ("root ::= \"a\" | more\nmore ::= \"b\" more", .endlessRule("more", at: GrammarPosition(line: 2, column: 1))),
    ("root ::= $", .unexpected(found: "“$”", expected: "a literal, class, group or rule name", at: GrammarPosition(line: 1, column: 10))),
    ("root = \"a\"", .unexpected(found: "“=”", expected: "::=", at: GrammarPosition(line: 1, column: 6))),
  ])
  func faultsAreNamedWithTheirPlace(_ text: String, _ fault: GrammarError) {
    #expect(throws: fault) { try Grammar(text) }
    if let place = fault.position { #expect(fault.description.contains("line \(place.line), column \(place.column)")) }
  }

  @Test func whatIsWrittenAcrossLinesIsOneRule() throws {
    let grammar = try Grammar(
      """
      # a comment
      root ::= "a" # another
        | (
          "b"   # inside
          "c"
        )
        |
        tail_1-x{ 1 , 2 }

      tail_1-x ::= @name "\\x41\\u3042\\U0001F600"
      """)
    #expect(grammar.openNames == ["name"])
    let pattern = TextPattern.grammar(grammar, bound: ["name": .literal("!")])
    for text in ["a", "bc", "!Aあ😀", "!Aあ😀!Aあ😀"] { #expect(try pattern.matches(text), "\(text)") }
    for text in ["", "b", "abc", "!Aあ", "!Aあ😀!Aあ😀!Aあ😀"] { #expect(try !pattern.matches(text), "\(text)") }
  }

  @Test(arguments: [
    (String(repeating: "(", count: 100_000) + "\"a\"" + String(repeating: ")", count: 100_000), "deep"),
    ("((\"a\"{10000}){10000}){10000} | " + String(repeating: "\"b\"{9999} ", count: 60), "exceed"),
    (String(repeating: "\"ab\" ", count: 220_000), "limit"),
  ])
  func whatWouldBlowUpIsRefused(_ body: String, _ word: String) {
    do {
      _ = try Grammar("root ::= " + body)
      Issue.record("was taken")
    } catch {
      #expect("\(error)".contains(word), "\(error)")
    }
  }

  @Test func aChainOfAHundredThousandRulesIsTaken() throws {
    let text = "root ::= r0\n" + (0..<50_000).map { "r\($0) ::= r\($0 + 1)\n" }.joined() + "r50000 ::= \"a\""
    let pattern = TextPattern.grammar(try Grammar(text))
    #expect(try pattern.matches("a"))
    #expect(try !pattern.matches("aa"))
  }

  /// Damaged grammars are taken or refused with a place inside the text; what is taken runs.
  @Test func fuzz() throws {
    let seeds = [
      "root ::= \"a\" [^b-d\\n]* (x | y){2,5} # c\nx ::= \"\\u3042\"+ y? | @z\ny ::= . \"q\"",
      "root ::= object\nobject ::= \"{\" (pair (\",\" pair)*)? \"}\"\npair ::= \"k\" \":\" (object | [0-9]{1,3})",
      "root ::= [ぁ-んァ-ヶ一-龠]+ (\"、\" root)?",
    ].map { Array($0.unicodeScalars) }
    let pieces = Array("()[]{}\"\\|*+?:=@#^-.,\n 0aあ😀u".unicodeScalars)
    var random = SeededGenerator(seed: 7)
    let vocabulary = VocabularyTrie(tokens: ["a", "{", "}", "k:", "あ", "qq"].map { Array($0.utf8) } + [[0xE3], [0x81]], endOfText: [])
    var taken = 0
    for _ in 0..<20_000 {
      var scalars = seeds.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<max(1, scalars.count), using: &random)
        switch Int.random(in: 0...3, using: &random) {
        case 0 where !scalars.isEmpty: scalars.remove(at: min(place, scalars.count - 1))
        case 1: scalars.insert(pieces.randomElement(using: &random) ?? "a", at: min(place, scalars.count))
        case 2: scalars.removeLast(min(place, scalars.count))
        default: scalars.insert(contentsOf: scalars[min(place, scalars.count)...].prefix(9), at: 0)
        }
      }
      let text = String(String.UnicodeScalarView(scalars))
      do {
        let grammar = try Grammar(text)
        let bound = Dictionary(uniqueKeysWithValues: grammar.openNames.map { ($0, TextPattern.literal("z")) })
        let constraint = try PatternConstraint(.grammar(grammar, bound: bound), vocabulary: vocabulary)
        _ = constraint.allowed(constraint.start)
        taken += 1
      } catch let error as GrammarError {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        if let place = error.position {
          #expect(place.line >= 1 && place.line <= lines.count && place.column <= lines[place.line - 1].count + 1, "\(error)\n\(text)")
        }
      }
    }
    #expect(taken > 500)
  }
}

import Testing

@testable import LanguageModel

@Suite struct StringTrieTests {
  /// 100,000 names in Latin and Japanese letters, some of which others begin with.
  static let names: [String] = {
    var random = SeededGenerator(seed: 3)
    let parts = [
      "Shin", "to", "kyo", " Café", " Museum", "ō", "々", "浅草", "寺", "の", "ラーメン", "no", "ri", " & ", "the ", "Za", "-", "2", "é", "公園",
    ]
    var names: Set<String> = []
    while names.count < 100_000 {
      names.insert((0..<Int.random(in: 2...9, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined())
    }
    return names.sorted()
  }()

  @Test func holdsExactlyItsStrings() throws {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<300 {
      let words = (0..<Int.random(in: 1...30, using: &random)).map { _ in
        String((0..<Int.random(in: 1...6, using: &random)).map { _ in "abあé".randomElement(using: &random) ?? "a" })
      }
      let trie = try StringTrie(words + words.shuffled(using: &random))
      let set = Set(words.map { Array($0.utf8) })
      #expect(trie.count == set.count)
      for word in set {
        #expect(trie.contains(word))
        for cut in 1..<word.count { #expect(trie.contains(word.prefix(cut)) == set.contains(Array(word.prefix(cut)))) }
        for byte in UInt8.min...UInt8.max { #expect(trie.contains(word + [byte]) == set.contains(word + [byte])) }
      }
      #expect(!trie.contains([]))
    }
  }

  /// The children of every node are what the sorted strings say.
  @Test func nodesKnowWhatFollows() throws {
    let words = ["a", "ab", "abc", "abd", "b", "ba", "あ", "あい", "い"].map { Array($0.utf8) }
    let trie = try StringTrie(words.map { String(decoding: $0, as: UTF8.self) })
    func visit(_ node: StringTrie.Node, _ prefix: [UInt8]) {
      let longer = words.filter { $0.count > prefix.count && $0.starts(with: prefix) }
      let next = trie.nextBytes(node)
      #expect(trie.hasChildren(node) == !longer.isEmpty && trie.endsString(node) == words.contains(prefix))
      for byte in UInt8.min...UInt8.max {
        #expect(next.contains(byte) == longer.contains { $0[prefix.count] == byte })
        if let child = trie.child(of: node, byte) { visit(child, prefix + [byte]) } else { #expect(!next.contains(byte)) }
      }
    }
    visit(StringTrie.root, [])
  }

  @Test func emptySetsAndStringsAreRefused() {
    #expect(throws: StringTrie.BuildError.empty) { try StringTrie([]) }
    #expect(throws: StringTrie.BuildError.emptyString) { try StringTrie(["a", ""]) }
  }

  @Test func aRandomWalkEndsAtARealName() throws {
    var random = SeededGenerator(seed: 5)
    let trie = try StringTrie(Self.names)
    #expect(trie.count == 100_000 && trie.byteCount < 8 << 20)
    let real = Set(Self.names)
    var tokens: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
    for _ in 0..<5_000 {
      let bytes = Array((Self.names.randomElement(using: &random) ?? "").utf8)
      let start = Int.random(in: 0..<bytes.count, using: &random)
      tokens.append(Array(bytes[start..<min(bytes.count, start + Int.random(in: 1...9, using: &random))]))
    }
    tokens.append([])
    let end = Int32(tokens.count - 1)
    let constraint = try PatternConstraint(.strings(trie), vocabulary: VocabularyTrie(tokens: tokens, endOfText: [end]))
    for _ in 0..<200 {
      var runner = ConstraintRunner(constraint)
      var text: [UInt8] = []
      while !runner.hasEnded {
        let mask = try runner.mask()
        var choices: [Int32] = []
        mask.forEach { choices.append($0) }
        let token = choices.randomElement(using: &random) ?? end
        try runner.accept(token)
        if token != end { text += tokens[Int(token)] }
      }
      #expect(real.contains(String(decoding: text, as: UTF8.self)))
    }
    // And any split of a name is taken.
    let single = Self.names.filter { _ in Int.random(in: 0...999, using: &random) == 0 }
    for name in single {
      var state: ConstraintState? = constraint.start
      for byte in name.utf8 { state = state.flatMap { constraint.advance($0, Int32(byte)) } }
      #expect(state.map { constraint.isComplete($0) } == true)
    }
  }
}

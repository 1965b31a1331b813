/// Finds the tokens that a pattern allows: one walk over the vocabulary's trie, with the place in the pattern for each byte of the
/// path. It can be interrupted when the automaton is full and goes on in a new one.
struct MaskWalk {
  private(set) var mask: TokenMask
  /// Place before byte `d` of the path.
  private var path: [PatternCursor]
  private var node = 0

  init(from state: Int32, _ automaton: borrowing PushdownAutomaton, _ vocabulary: VocabularyTrie) {
    mask = TokenMask(count: vocabulary.count)
    path = [PatternCursor](repeating: PatternCursor(state, automaton), count: vocabulary.longest + 1)
  }

  /// - Returns: false if the automaton became full before the walk was done.
  mutating func run(_ automaton: inout PushdownAutomaton, _ vocabulary: VocabularyTrie) -> Bool {
    let nodeCount = vocabulary.labels.count
    while node < nodeCount {
      let depth = Int(vocabulary.depths[node])
      if let next = path[depth].advanced(vocabulary.labels[node], &automaton) {
        path[depth + 1] = next
        for index in vocabulary.tokenStarts[node]..<vocabulary.tokenStarts[node + 1] {
          mask.insert(vocabulary.tokenOrder[Int(index)])
        }
        node += 1
      } else {
        node = Int(vocabulary.skips[node])
      }
      if automaton.isFull { return node == nodeCount }
    }
    return true
  }

  /// Moves the places of the path that are still needed into `fresh`.
  mutating func move(from full: inout PushdownAutomaton, to fresh: inout PushdownAutomaton, _ vocabulary: VocabularyTrie) {
    for depth in 0...Int(vocabulary.depths[node]) {
      path[depth] = PatternCursor(fresh.adopt(path[depth].settled(&full), from: full), fresh)
    }
  }
}

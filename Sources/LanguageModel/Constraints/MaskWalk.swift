/// Finds the tokens that a pattern allows: one walk over the vocabulary's trie, with the place in the pattern for each byte of the
/// path. It can be interrupted when the automaton is full and goes on in a new one.
struct MaskWalk {
  private(set) var mask: TokenMask
  /// State before byte `d` of the path, or `inStrings` where the cursor must be asked.
  private var states: [Int32]
  private var cursors: [PatternCursor]
  private var node = 0

  private static let inStrings: Int32 = -1

  init(from state: Int32, _ automaton: borrowing PushdownAutomaton, _ vocabulary: VocabularyTrie) {
    mask = TokenMask(count: vocabulary.count)
    let start = PatternCursor(state, automaton)
    cursors = [PatternCursor](repeating: start, count: vocabulary.longest + 1)
    states = [Int32](repeating: start.isInStrings ? Self.inStrings : state, count: vocabulary.longest + 1)
  }

  /// - Returns: false if the automaton became full before the walk was done.
  mutating func run(_ automaton: inout PushdownAutomaton, _ vocabulary: VocabularyTrie) -> Bool {
    let nodeCount = vocabulary.labels.count
    while node < nodeCount {
      runThroughKnownSteps(automaton, vocabulary)
      guard node < nodeCount else { break }
      let depth = Int(vocabulary.depths[node])
      let place = states[depth] == Self.inStrings ? cursors[depth] : PatternCursor(states[depth], automaton)
      if let next = place.advanced(vocabulary.labels[node], &automaton) {
        cursors[depth + 1] = next
        states[depth + 1] = next.isInStrings ? Self.inStrings : next.state
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

  /// The inner loop: goes on as long as each step is in the automaton's table. Free text passes 300,000 nodes here, so that the
  /// tables are read without checks; all indices come from the tables of one automaton and one vocabulary.
  private mutating func runThroughKnownSteps(_ automaton: borrowing PushdownAutomaton, _ vocabulary: VocabularyTrie) {
    automaton.withTable { table in
      vocabulary.withNodes { nodes in
        states.withUnsafeMutableBufferPointer { states in
          mask.words.withUnsafeMutableBufferPointer { words in
            while node < nodes.count {
              let depth = Int(nodes.depths[node])
              let next = states[depth] < 0 ? PushdownAutomaton.unknown : table.next(states[depth], nodes.labels[node])
              if next == PushdownAutomaton.dead {
                node = Int(nodes.skips[node])
                continue
              }
              guard next >= 0, table.laneCounts[Int(next)] == 0 else { return }
              states[depth + 1] = next
              for index in nodes.tokenStarts[node]..<nodes.tokenStarts[node + 1] {
                let token = nodes.tokenOrder[Int(index)]
                words[Int(token) >> 6] |= 1 << UInt64(token & 63)
              }
              node += 1
            }
          }
        }
      }
    }
  }

  /// Moves the places of the path that are still needed into `fresh`.
  mutating func move(from full: inout PushdownAutomaton, to fresh: inout PushdownAutomaton, _ vocabulary: VocabularyTrie) {
    for depth in 0...Int(vocabulary.depths[node]) {
      let place = states[depth] == Self.inStrings ? cursors[depth].settled(&full) : states[depth]
      cursors[depth] = PatternCursor(fresh.adopt(place, from: full), fresh)
      states[depth] = cursors[depth].isInStrings ? Self.inStrings : cursors[depth].state
    }
  }
}

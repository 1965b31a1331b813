/// A place in a pattern while bytes are read: a state of the automaton, or, where only strings may go on, their trie nodes alone,
/// so that walking a catalogue's names makes no states.
struct PatternCursor {
  static let laneLimit = 4
  private static let noLane = StringTrie.Node.max

  /// The state; for lanes the one where they began.
  var state: Int32
  /// How many items of the state are followed as lanes; 0: the cursor is at the state itself.
  private var laneCount: Int8
  private var lanes: SIMD4<UInt32>

  init(_ state: Int32, _ automaton: borrowing PushdownAutomaton) {
    self.state = state
    laneCount = automaton.laneCounts[Int(state)]
    lanes = SIMD4(repeating: Self.noLane)
    for lane in 0..<Int(laneCount) { lanes[lane] = automaton.item(state, lane).node }
  }

  /// Whether only trie nodes are followed.
  var isInStrings: Bool { laneCount > 0 }

  /// The place after `byte`; nil if no text of the pattern goes on so.
  @inline(__always)
  func advanced(_ byte: UInt8, _ automaton: inout PushdownAutomaton) -> PatternCursor? {
    if laneCount > 0 { return advancedInStrings(byte, &automaton) }
    let next = automaton.next(state, byte)
    return next < 0 ? nil : PatternCursor(next, automaton)
  }

  private func advancedInStrings(_ byte: UInt8, _ automaton: inout PushdownAutomaton) -> PatternCursor? {
    var next = self
    var isAlive = false
    for lane in 0..<Int(laneCount) where lanes[lane] != Self.noLane {
      let item = automaton.item(state, lane)
      guard case .strings(let trie) = automaton.pattern.program.code[Int(item.position)],
        let child = automaton.pattern.program.tries[Int(trie)].child(of: lanes[lane], byte)
      else {
        next.lanes[lane] = Self.noLane
        continue
      }
      if automaton.pattern.program.tries[Int(trie)].endsString(child) {
        // A string ends: what may follow it comes in, which only the automaton knows.
        let state = automaton.state(of: items(automaton), after: byte)
        return state < 0 ? nil : PatternCursor(state, automaton)
      }
      next.lanes[lane] = child
      isAlive = true
    }
    return isAlive ? next : nil
  }

  private func items(_ automaton: borrowing PushdownAutomaton) -> [PushdownAutomaton.Item] {
    var items: [PushdownAutomaton.Item] = []
    for lane in 0..<Int(laneCount) where lanes[lane] != Self.noLane {
      var item = automaton.item(state, lane)
      item.node = lanes[lane]
      items.append(item)
    }
    return items
  }

  /// The automaton's state here.
  func settled(_ automaton: inout PushdownAutomaton) -> Int32 {
    laneCount == 0 ? state : automaton.state(of: items(automaton), isComplete: false)
  }

  /// Whether the text may end here. Within strings it may not.
  func isComplete(_ automaton: borrowing PushdownAutomaton) -> Bool { laneCount == 0 && automaton.isComplete(state) }

  func nextBytes(_ automaton: borrowing PushdownAutomaton) -> ByteSet {
    if laneCount == 0 { return automaton.nextBytes(state) }
    var set = ByteSet()
    for item in items(automaton) {
      guard case .strings(let trie) = automaton.pattern.program.code[Int(item.position)] else { continue }
      set.formUnion(automaton.pattern.program.tries[Int(trie)].nextBytes(item.node))
    }
    return set
  }
}

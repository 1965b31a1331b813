/// Runs a pattern over bytes: a pushdown automaton that follows all readings at once.
///
/// The stacks of all readings share their tails (Tomita's graph-structured stack) and equal parts are kept once, so that a state is
/// a number and a step that was taken once is a table look-up. A state is what may come next: items of a place in the program
/// (`.bytes` or `.strings`, with the node of the string trie) and the set of stacks to go back to. Empty matches are skipped where
/// the rule is referred to (Aycock and Horspool 2002); calls at the end of a rule push nothing, so that repetition takes no stack.
struct PushdownAutomaton: Sendable {
  /// No text of the pattern goes on this way.
  static let dead: Int32 = -2
  /// The step was not taken yet.
  static let unknown: Int32 = -1
  /// Deeper nesting in the generated text is refused.
  static let depthLimit = 4096
  /// Work of one step past which the byte is refused: only an ambiguous grammar made for it gets there.
  private static let workLimit = 200_000
  static let stateLimit = 8192
  /// Numbers in all tables together.
  private static let storageLimit = 4 << 20

  struct Item: Comparable {
    var position: Int32
    var node: StringTrie.Node
    var stacks: Int32

    static func < (left: Item, right: Item) -> Bool {
      (left.position, left.node, left.stacks) < (right.position, right.node, right.stacks)
    }
  }

  let pattern: CompiledPattern
  /// Stack nodes as pairs: the place to return to, and the set of stacks below. Node 0 is the bottom.
  private(set) var nodes = SliceInterner()
  private(set) var nodeDepths: [Int32] = []
  /// Sets of stack nodes, ascending.
  private(set) var sets = SliceInterner()
  private(set) var setDepths: [Int32] = []
  /// States: whether the text may end here (0 or 1), then three numbers an item, ascending.
  private var states = SliceInterner()
  /// For states in which only strings may go on: how many items; else 0.
  private(set) var laneCounts: [Int8] = []
  /// Where the state's row of `transitions` begins; −1 until it is needed.
  private var rows: [Int32] = []
  /// Next state for each byte class.
  private var transitions: [Int32] = []
  private(set) var start: Int32 = 0

  // Scratch of one step.
  private var emitted: [Item] = []
  private var completed: [SIMD2<Int32>] = []
  private var seen: Set<SIMD2<Int32>> = []
  /// Rules to expand with the stacks below, least rank first: a binary heap of rank << 32 | set.
  private var predicted = MinimumHeap()
  private var ruleOfRank: [Int32]
  private var accepts = false
  private var work = 0

  init(_ pattern: CompiledPattern) {
    self.pattern = pattern
    ruleOfRank = [Int32](repeating: 0, count: pattern.rank.count)
    for (rule, rank) in pattern.rank.enumerated() { ruleOfRank[Int(rank)] = Int32(rule) }
    let bottom = nodes.intern([-1, -1])
    nodeDepths.append(0)
    let bottomSet = intern(set: [bottom])
    begin()
    accepts = pattern.nullable[Int(pattern.root)]
    predicted.push(UInt64(pattern.rank[Int(pattern.root)]) << 32 | UInt64(bottomSet))
    start = finish()
  }

  /// Whether a new automaton should take over: this one has grown to its bound.
  var isFull: Bool {
    let numbers = sets.storage.count + nodes.storage.count + states.storage.count + transitions.count
    return states.count >= Self.stateLimit || numbers > Self.storageLimit
  }

  // MARK: - States

  func isComplete(_ state: Int32) -> Bool { states.storage[states.range(state).lowerBound] == 1 }

  func itemCount(_ state: Int32) -> Int { states.range(state).count / 3 }

  @inline(__always)
  func item(_ state: Int32, _ index: Int) -> Item {
    let at = states.range(state).lowerBound + 1 + index * 3
    return Item(
      position: states.storage[at], node: StringTrie.Node(bitPattern: states.storage[at + 1]), stacks: states.storage[at + 2])
  }

  /// The bytes that may come next.
  func nextBytes(_ state: Int32) -> ByteSet {
    var set = ByteSet()
    for index in 0..<itemCount(state) {
      let item = item(state, index)
      switch pattern.program.code[Int(item.position)] {
      case .bytes(let bytes): set.formUnion(pattern.program.byteSets[Int(bytes)])
      case .strings(let trie): set.formUnion(pattern.program.tries[Int(trie)].nextBytes(item.node))
      case .end, .rule, .repeatedRule, .external: break
      }
    }
    return set
  }

  /// The state after `byte`, or `dead`.
  @inline(__always)
  mutating func next(_ state: Int32, _ byte: UInt8) -> Int32 {
    let row = rows[Int(state)]
    if row >= 0 {
      let known = transitions[Int(row) + Int(pattern.byteClass[Int(byte)])]
      if known != Self.unknown { return known }
    }
    return step(state, byte)
  }

  /// Calls `body` with the table of steps taken so far; not at all while there is none.
  func withTable(_ body: (UnsafeStepTable) -> Void) {
    withPointer(rows) { rows in
      withPointer(transitions) { transitions in
        withPointer(pattern.byteClass) { byteClass in
          withPointer(laneCounts) { laneCounts in
            body(UnsafeStepTable(rows: rows, transitions: transitions, byteClass: byteClass, laneCounts: laneCounts))
          }
        }
      }
    }
  }

  private mutating func step(_ state: Int32, _ byte: UInt8) -> Int32 {
    begin()
    for index in 0..<itemCount(state) { consume(item(state, index), byte) }
    let result = finish()
    if rows[Int(state)] < 0 {
      rows[Int(state)] = Int32(transitions.count)
      transitions.append(contentsOf: repeatElement(Self.unknown, count: pattern.classCount))
    }
    transitions[Int(rows[Int(state)]) + Int(pattern.byteClass[Int(byte)])] = result
    return result
  }

  /// The state after the items have consumed `byte`, or `dead`.
  mutating func state(of items: [Item], after byte: UInt8) -> Int32 {
    begin()
    for item in items { consume(item, byte) }
    return finish()
  }

  /// The state that has these items.
  mutating func state(of items: [Item], isComplete: Bool) -> Int32 {
    begin()
    accepts = isComplete
    emitted = items
    return internState()
  }

  private mutating func consume(_ item: Item, _ byte: UInt8) {
    switch pattern.program.code[Int(item.position)] {
    case .bytes(let set):
      if pattern.program.byteSets[Int(set)].contains(byte) { complete(item.position + 1, item.stacks) }
    case .strings(let index):
      guard let child = pattern.program.tries[Int(index)].child(of: item.node, byte) else { return }
      if pattern.program.tries[Int(index)].hasChildren(child) {
        emitted.append(Item(position: item.position, node: child, stacks: item.stacks))
      }
      if pattern.program.tries[Int(index)].endsString(child) { complete(item.position + 1, item.stacks) }
    case .end, .rule, .repeatedRule, .external: break
    }
  }

  // MARK: - Closure

  private mutating func begin() {
    emitted.removeAll(keepingCapacity: true)
    completed.removeAll(keepingCapacity: true)
    seen.removeAll(keepingCapacity: true)
    predicted.removeAll()
    accepts = false
    work = 0
  }

  /// Goes on at `position`, which lies behind something that was matched.
  private mutating func complete(_ position: Int32, _ stacks: Int32) {
    let place = SIMD2(position, stacks)
    if seen.insert(place).inserted { completed.append(place) }
  }

  /// Expands until only bytes and strings are left, and interns the state.
  private mutating func finish() -> Int32 {
    while let place = completed.popLast() {
      expand(place.x, place.y, hasMatched: true)
      guard work < Self.workLimit else { return Self.dead }
    }
    while let first = predicted.popMinimum() {
      let rank = first >> 32
      var stacks = [Int32(truncatingIfNeeded: first)]
      while let more = predicted.minimum, more >> 32 == rank {
        let set = Int32(truncatingIfNeeded: more)
        if set != stacks[stacks.count - 1] { stacks.append(set) }
        _ = predicted.popMinimum()
      }
      let merged = union(stacks)
      for alternative in pattern.program.rules[Int(ruleOfRank[Int(rank)])] {
        expand(pattern.program.alternatives[Int(alternative)], merged, hasMatched: false)
      }
      guard work < Self.workLimit else { return Self.dead }
    }
    return internState()
  }

  private mutating func expand(_ position: Int32, _ stacks: Int32, hasMatched: Bool) {
    var at = position
    while true {
      work += 1
      switch pattern.program.code[Int(at)] {
      case .end:
        if hasMatched { pop(stacks) }
        return
      case .bytes:
        emitted.append(Item(position: at, node: 0, stacks: stacks))
        return
      case .strings:
        emitted.append(Item(position: at, node: StringTrie.root, stacks: stacks))
        return
      case .rule(let rule):
        predict(rule, returnTo: at + 1, stacks)
        guard pattern.nullable[Int(rule)] else { return }
        at += 1
      case .repeatedRule(let rule):
        predict(rule, returnTo: at + 1, stacks)
        return
      case .external: return
      }
    }
  }

  private mutating func pop(_ stacks: Int32) {
    let range = sets.range(stacks)
    work += range.count
    for index in range {
      let node = sets.storage[index]
      if node == 0 {
        accepts = true
      } else {
        let pair = nodes.range(node).lowerBound
        complete(nodes.storage[pair], nodes.storage[pair + 1])
      }
    }
  }

  private mutating func predict(_ rule: Int32, returnTo position: Int32, _ stacks: Int32) {
    var below = stacks
    if pattern.program.code[Int(position)] != .end {
      guard setDepths[Int(stacks)] < Self.depthLimit else { return }
      below = intern(set: [intern(node: position, stacks)])
    }
    predicted.push(UInt64(pattern.rank[Int(rule)]) << 32 | UInt64(below))
  }

  // MARK: - Interning

  mutating func intern(node position: Int32, _ stacks: Int32) -> Int32 {
    let node = nodes.intern([position, stacks])
    if Int(node) == nodeDepths.count { nodeDepths.append(setDepths[Int(stacks)] + 1) }
    return node
  }

  mutating func intern(set members: [Int32]) -> Int32 {
    let set = sets.intern(members)
    if Int(set) == setDepths.count { setDepths.append(members.reduce(0) { max($0, nodeDepths[Int($1)]) }) }
    return set
  }

  private mutating func union(_ stacks: [Int32]) -> Int32 {
    guard stacks.count > 1 else { return stacks[0] }
    var members: [Int32] = []
    for set in stacks { members.append(contentsOf: sets[set]) }
    work += members.count
    members.sort()
    var unique: [Int32] = []
    for member in members where unique.last != member { unique.append(member) }
    return intern(set: unique)
  }

  private mutating func internState() -> Int32 {
    if emitted.isEmpty, !accepts { return Self.dead }
    emitted.sort()
    var elements: [Int32] = [accepts ? 1 : 0]
    elements.reserveCapacity(1 + emitted.count * 3)
    var isStrings = !accepts
    var first = 0
    while first < emitted.count {
      let item = emitted[first]
      var stacks = [item.stacks]
      var last = first + 1
      while last < emitted.count, emitted[last].position == item.position, emitted[last].node == item.node {
        if emitted[last].stacks != stacks[stacks.count - 1] { stacks.append(emitted[last].stacks) }
        last += 1
      }
      if case .strings = pattern.program.code[Int(item.position)] {} else { isStrings = false }
      let merged = union(stacks)
      elements.append(contentsOf: [item.position, Int32(bitPattern: item.node), merged])
      first = last
    }
    let state = states.intern(elements)
    if Int(state) == rows.count {
      rows.append(-1)
      let count = elements.count / 3
      laneCounts.append(isStrings && count <= PatternCursor.laneLimit ? Int8(count) : 0)
    }
    return state
  }
}

/// Moving to a new automaton when the old one is full.
extension PushdownAutomaton {
  /// The same state in this automaton, with all that it refers to.
  mutating func adopt(_ state: Int32, from other: PushdownAutomaton) -> Int32 {
    let items = (0..<other.itemCount(state)).map { other.item(state, $0) }
    let moved = adopt(stacks: items.map(\.stacks), from: other)
    let own = items.map { Item(position: $0.position, node: $0.node, stacks: moved[$0.stacks] ?? 0) }
    return self.state(of: own, isComplete: other.isComplete(state))
  }

  /// For each set of stacks that `sets` reach in `other`, the same set here.
  private mutating func adopt(stacks sets: [Int32], from other: PushdownAutomaton) -> [Int32: Int32] {
    var reached: Set<Int32> = []
    var work: [Int32] = []
    for set in sets where reached.insert(set).inserted { work.append(set) }
    while let set = work.popLast() {
      for node in other.sets[set] where node != 0 {
        let below = other.nodes.storage[other.nodes.range(node).lowerBound + 1]
        if reached.insert(below).inserted { work.append(below) }
      }
    }
    // A set's stacks are less deep than the set, so that in order of depth what is referred to is there already.
    var moved: [Int32: Int32] = [:]
    for set in reached.sorted(by: { (other.setDepths[Int($0)], $0) < (other.setDepths[Int($1)], $1) }) {
      var members: [Int32] = []
      for node in other.sets[set] {
        let pair = other.nodes.range(node).lowerBound
        if node != 0, let below = moved[other.nodes.storage[pair + 1]] {
          members.append(intern(node: other.nodes.storage[pair], below))
        } else {
          members.append(0)
        }
      }
      moved[set] = intern(set: members.sorted())
    }
    return moved
  }
}

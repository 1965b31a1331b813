/// What must be known of a program before it runs: which rules match the empty string, and an order in which a rule comes before
/// those that can stand at its left edge. Linear in the size of the program.
struct ProgramAnalysis: Sendable {
  enum Fault {
    /// The rule refers to itself without end.
    case endless(rule: Int32)
    /// Each rule begins with the next one, and the last with the first.
    case leftRecursion(rules: [Int32])
  }

  /// Whether the rule matches the empty string.
  let nullable: [Bool]
  /// Rank in the left-edge order.
  let rank: [Int32]
  /// Why the program must not run. A composition of sound programs is sound: an open name's pattern is never empty, so that no left
  /// edge closes a circle through it.
  let fault: Fault?

  init(_ program: PushdownProgram) {
    nullable = Self.derivable(program) { _ in false }
    let productive = Self.derivable(program) { _ in true }
    let cycle: [Int32]?
    (rank, cycle) = Self.order(program, nullable)
    if let rule = productive.firstIndex(of: false) {
      fault = .endless(rule: Int32(rule))
    } else {
      fault = cycle.map { .leftRecursion(rules: $0) }
    }
  }

  /// The rules with an alternative of which every symbol is derivable, where `terminal` decides on bytes, strings and open names
  /// (Dowling and Gallier's linear-time Horn satisfiability).
  private static func derivable(_ program: PushdownProgram, terminal: (PushdownProgram.Instruction) -> Bool) -> [Bool] {
    let ruleCount = program.rules.count
    var known = [Bool](repeating: false, count: ruleCount)
    var uses = [[Int32]](repeating: [], count: ruleCount)
    var open = [Int32](repeating: 0, count: program.alternatives.count)
    var owner = [Int32](repeating: 0, count: program.alternatives.count)
    var work: [Int32] = []
    func derive(_ rule: Int32) {
      if !known[Int(rule)] {
        known[Int(rule)] = true
        work.append(rule)
      }
    }
    for rule in 0..<ruleCount {
      for alternative in program.rules[rule] {
        owner[Int(alternative)] = Int32(rule)
        var position = Int(program.alternatives[Int(alternative)])
        while program.code[position] != .end {
          switch program.code[position] {
          case .rule(let used), .repeatedRule(let used):
            open[Int(alternative)] += 1
            uses[Int(used)].append(alternative)
          case let symbol:
            if !terminal(symbol) { open[Int(alternative)] += 1 }
          }
          position += 1
        }
        if open[Int(alternative)] == 0 { derive(Int32(rule)) }
      }
    }
    while let rule = work.popLast() {
      for alternative in uses[Int(rule)] {
        open[Int(alternative)] -= 1
        if open[Int(alternative)] == 0 { derive(owner[Int(alternative)]) }
      }
    }
    return known
  }

  /// The rules that can stand at the left edge of `rule`.
  private static func leftEdge(_ program: PushdownProgram, _ nullable: [Bool], of rule: Int) -> [Int32] {
    var found: [Int32] = []
    for alternative in program.rules[rule] {
      var position = Int(program.alternatives[Int(alternative)])
      scan: while true {
        switch program.code[position] {
        case .rule(let next):
          found.append(next)
          if !nullable[Int(next)] { break scan }
        case .repeatedRule(let next):
          found.append(next)
          break scan
        case .end, .bytes, .external, .strings: break scan
        }
        position += 1
      }
    }
    return found
  }

  /// Reverse postorder of a depth-first search without recursion; and a circle of left edges if there is one.
  private static func order(_ program: PushdownProgram, _ nullable: [Bool]) -> (rank: [Int32], cycle: [Int32]?) {
    let ruleCount = program.rules.count
    enum Mark { case new, open, done }
    var marks = [Mark](repeating: .new, count: ruleCount)
    var rank = [Int32](repeating: 0, count: ruleCount)
    var next = Int32(ruleCount)
    var cycle: [Int32]?
    for start in 0..<ruleCount where marks[start] == .new {
      var path: [(rule: Int, edges: [Int32], at: Int)] = [(start, leftEdge(program, nullable, of: start), 0)]
      marks[start] = .open
      while let top = path.last {
        guard top.at < top.edges.count else {
          marks[top.rule] = .done
          next -= 1
          rank[top.rule] = next
          path.removeLast()
          continue
        }
        path[path.count - 1].at += 1
        let target = Int(top.edges[top.at])
        switch marks[target] {
        case .new:
          marks[target] = .open
          path.append((target, leftEdge(program, nullable, of: target), 0))
        case .open:
          if cycle == nil { cycle = path.drop { $0.rule != target }.map { Int32($0.rule) } }
        case .done: break
        }
      }
    }
    return (rank, cycle)
  }
}

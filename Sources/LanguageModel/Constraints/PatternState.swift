import Synchronization

/// An automaton that grows while it is used, shared by the states that were made in it. When it is full, its constraint begins a new
/// one and it lives on only as long as some state refers to it.
final class AutomatonArena: Sendable {
  let automaton: Mutex<PushdownAutomaton>
  let start: Int32
  /// The same for all arenas of one constraint, and for no other.
  let owner: Owner

  final class Owner: Sendable {}

  init(_ pattern: CompiledPattern, owner: Owner) {
    let fresh = PushdownAutomaton(pattern)
    self.owner = owner
    start = fresh.start
    automaton = Mutex(fresh)
  }
}

/// A state of an automaton, with the arena that it lives in.
struct PatternState: Sendable, Hashable {
  let arena: AutomatonArena
  let id: Int32

  static func == (left: PatternState, right: PatternState) -> Bool { left.arena === right.arena && left.id == right.id }

  func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(arena))
    hasher.combine(id)
  }
}

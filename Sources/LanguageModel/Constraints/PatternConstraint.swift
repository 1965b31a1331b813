import Synchronization

/// Holds a generation to a `TextPattern`, whichever way its texts are split into tokens.
///
/// The mask of a state is found by one walk over the vocabulary (see `MaskWalk`) and remembered. The automaton and the masks are
/// bounded: about 16 MiB, and `maskCapacity` times an eighth of the vocabulary's size in bytes.
public final class PatternConstraint: TokenConstraint {
  private let pattern: CompiledPattern
  private let vocabulary: VocabularyTrie
  private let owner = AutomatonArena.Owner()
  private let current: Mutex<AutomatonArena>
  private let masks: Mutex<MaskCache>
  public let start: ConstraintState

  /// A forced string is cut after so many bytes; asking again gives the rest.
  static let forcedLimit = 1024

  /// - Parameters:
  ///   - vocabulary: shared by all constraints of a model.
  ///   - maskCapacity: how many masks are remembered.
  /// - Throws: `TextPattern.CompositionError` if the parts do not fit together.
  public init(_ pattern: TextPattern, vocabulary: VocabularyTrie, maskCapacity: Int = 256) throws(TextPattern.CompositionError) {
    self.pattern = try CompiledPattern(pattern)
    self.vocabulary = vocabulary
    let arena = AutomatonArena(self.pattern, owner: owner)
    current = Mutex(arena)
    masks = Mutex(MaskCache(capacity: maskCapacity))
    start = ConstraintState(place: .pattern(PatternState(arena: arena, id: arena.start)))
  }

  public var vocabularySize: Int { vocabulary.count }

  /// How often a mask was remembered, and how often it had to be found.
  public var maskCacheCounts: (hits: Int, misses: Int) { masks.withLock { ($0.hits, $0.misses) } }

  public func allowed(_ state: ConstraintState) -> TokenMask {
    guard let asked = own(state) else { return TokenMask(count: vocabulary.count) }
    if let known = masks.withLock({ $0.mask(of: asked) }) { return known }
    let place = resident(asked)
    let mask = place.arena.automaton.withLock { automaton in findMask(place.id, &automaton) }
    masks.withLock { cache in
      cache.insert(mask, for: asked)
      if place != asked { cache.insert(mask, for: place) }
    }
    return mask
  }

  public func advance(_ state: ConstraintState, _ token: Int32) -> ConstraintState? {
    guard let asked = own(state) else { return nil }
    if vocabulary.isEndOfText(token) { return isComplete(state) ? .ended : nil }
    let bytes = vocabulary.bytes(of: token)
    guard !bytes.isEmpty, bytes.count <= VocabularyTrie.longestToken else { return nil }
    let place = resident(asked)
    return place.arena.automaton.withLock { automaton in
      guard let end = follow(bytes, from: place.id, &automaton) else { return nil }
      return ConstraintState(place: .pattern(PatternState(arena: place.arena, id: end.settled(&automaton))))
    }
  }

  public func forced(_ state: ConstraintState) -> [UInt8] {
    guard let asked = own(state) else { return [] }
    let place = resident(asked)
    return place.arena.automaton.withLock { automaton in
      var bytes: [UInt8] = []
      var cursor = PatternCursor(place.id, automaton)
      while bytes.count < Self.forcedLimit, !cursor.isComplete(automaton) {
        let choices = cursor.nextBytes(automaton)
        guard choices.count == 1, let byte = choices.first, let next = cursor.advanced(byte, &automaton) else { break }
        bytes.append(byte)
        cursor = next
      }
      return bytes
    }
  }

  public func allowsLongerToken(_ state: ConstraintState, than bytes: [UInt8]) -> Bool {
    guard let asked = own(state), let node = vocabulary.node(of: bytes) else { return false }
    let place = resident(asked)
    return place.arena.automaton.withLock { automaton in
      guard let start = follow(bytes, from: place.id, &automaton) else { return false }
      var path = [start]
      var next = node + 1
      while next < Int(vocabulary.skips[node]) {
        let depth = Int(vocabulary.depths[next]) - bytes.count
        path.removeLast(path.count - depth - 1)
        guard let place = path[depth].advanced(vocabulary.labels[next], &automaton) else {
          next = Int(vocabulary.skips[next])
          continue
        }
        if vocabulary.tokenStarts[next] < vocabulary.tokenStarts[next + 1] { return true }
        path.append(place)
        next += 1
      }
      return false
    }
  }

  public func isComplete(_ state: ConstraintState) -> Bool {
    if state.hasEnded { return true }
    guard let place = own(state) else { return false }
    return place.arena.automaton.withLock { $0.isComplete(place.id) }
  }

  // MARK: - Automata

  /// The state's place, unless the text has ended or the state is another constraint's.
  private func own(_ state: ConstraintState) -> PatternState? {
    guard case .pattern(let place) = state.place, place.arena.owner === owner else { return nil }
    return place
  }

  private func follow(_ bytes: [UInt8], from state: Int32, _ automaton: inout PushdownAutomaton) -> PatternCursor? {
    var cursor = PatternCursor(state, automaton)
    for byte in bytes {
      guard let next = cursor.advanced(byte, &automaton) else { return nil }
      cursor = next
    }
    return cursor
  }

  private func findMask(_ state: Int32, _ automaton: inout PushdownAutomaton) -> TokenMask {
    var walk = MaskWalk(from: state, automaton, vocabulary)
    if !walk.run(&automaton, vocabulary) {
      var full = PushdownAutomaton(pattern)
      walk.move(from: &automaton, to: &full, vocabulary)
      while !walk.run(&full, vocabulary) {
        var fresh = PushdownAutomaton(pattern)
        walk.move(from: &full, to: &fresh, vocabulary)
        full = fresh
      }
    }
    var mask = walk.mask
    if automaton.isComplete(state) {
      for token in vocabulary.endOfText { mask.insert(token) }
    }
    return mask
  }

  /// The same place in the arena in use, which is replaced when it is full.
  private func resident(_ state: PatternState) -> PatternState {
    let arena = current.withLock { arena in
      if arena.automaton.withLock({ $0.isFull }) { arena = AutomatonArena(pattern, owner: owner) }
      return arena
    }
    if state.arena === arena { return state }
    let source = state.arena.automaton.withLock { $0 }
    return PatternState(arena: arena, id: arena.automaton.withLock { $0.adopt(state.id, from: source) })
  }
}

import Synchronization

/// A number of its own for everything that can be attached, never used twice in a process, so that what was computed with one is never
/// taken for another's, even after the one is gone.
struct AdapterIdentity: Sendable, Hashable {
  private static let last = Atomic<UInt64>(0)
  let number = Self.last.wrappingAdd(1, ordering: .relaxed).newValue
}

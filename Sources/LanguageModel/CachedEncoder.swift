import Synchronization

/// Remembers the vectors of the last texts: one turn asks for the same text more than once, and people repeat themselves.
public final class CachedEncoder: SentenceEncoder {
  private struct Memory: Sendable {
    var vectors: [String: TextVectors] = [:]
    /// The generation before: what is asked for again moves up, the rest is dropped with it.
    var older: [String: TextVectors] = [:]
  }

  private let base: any SentenceEncoder
  private let memory = Mutex(Memory())
  private let capacity: Int

  /// - Parameter capacity: vectors kept at least; at most twice as many.
  public init(_ base: any SentenceEncoder, capacity: Int = 1024) {
    self.base = base
    self.capacity = capacity
  }

  public var dimension: Int { base.dimension }

  public func analyse(_ text: String) throws -> TextVectors {
    if let known = memory.withLock({ $0.vectors[text] ?? $0.older[text] }) { return known }
    let vector = try base.analyse(text)
    memory.withLock { memory in
      if memory.vectors.count >= capacity {
        memory.older = memory.vectors
        memory.vectors = [:]
      }
      memory.vectors[text] = vector
    }
    return vector
  }
}

import Synchronization

/// Remembers the vectors of the last texts: one turn asks for the same text more than once, and people repeat themselves.
public final class CachedEncoder: SentenceEncoder {
  private struct Memory: Sendable {
    var vectors: [String: TextVectors] = [:]
    /// The generation before: what is asked for again moves up, the rest is dropped with it.
    var older: [String: TextVectors] = [:]

    subscript(text: String) -> TextVectors? { vectors[text] ?? older[text] }

    mutating func keep(_ vector: TextVectors, of text: String, capacity: Int) {
      if vectors.count >= capacity {
        older = vectors
        vectors = [:]
      }
      vectors[text] = vector
    }
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
    if let known = memory.withLock({ $0[text] }) { return known }
    let vector = try base.analyse(text)
    memory.withLock { $0.keep(vector, of: text, capacity: capacity) }
    return vector
  }

  /// What is not known goes to the base at once, each text once.
  public func analyse(_ texts: [String]) throws -> [TextVectors] {
    var vectors = memory.withLock { memory in
      Dictionary(texts.compactMap { text in memory[text].map { (text, $0) } }, uniquingKeysWith: { known, _ in known })
    }
    let unknown = Array(Set(texts).subtracting(vectors.keys))
    let fresh = try base.analyse(unknown)
    memory.withLock { memory in
      for (text, vector) in zip(unknown, fresh) {
        memory.keep(vector, of: text, capacity: capacity)
        vectors[text] = vector
      }
    }
    return texts.map { vectors[$0]! }
  }
}

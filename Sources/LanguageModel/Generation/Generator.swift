import Synchronization

/// Writes texts with one model: requests wait in a bounded queue, first come first served, and the steps of those that run are computed
/// together (continuous batching, Yu et al. 2022).
///
///     for try await event in generator.generate(GenerationRequest(prompt: tokens, maximumTokens: 100)) { … }
///
/// A text ends within one step when the task that reads it is cancelled or the stream is dropped.
public actor Generator {
  public struct Limits: Sendable {
    /// Texts that are written at the same time.
    public var running: Int
    /// Requests that wait; more are refused.
    public var waiting: Int
    /// Prompt tokens that one step takes besides the texts' own, so that a long prompt does not hold up the others.
    public var promptTokensPerStep: Int

    public init(running: Int = 8, waiting: Int = 64, promptTokensPerStep: Int = 256) {
      self.running = max(1, running)
      self.waiting = max(1, waiting)
      self.promptTokensPerStep = max(1, promptTokensPerStep)
    }
  }

  public nonisolated let model: DecoderModel
  /// Tokens that a text and its prompt can have together: the model's context, or what the cache can hold of it.
  public nonisolated let contextLength: Int
  public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
  private nonisolated let thread = GenerationThread(name: "generator")
  private nonisolated let limits: Limits
  /// Requests accepted and not yet ended.
  private nonisolated let accepted = Atomic<Int>(0)
  private let runner: DecoderRunner
  /// Requests in the order in which they came, until the next step sees them.
  private nonisolated let arrivals = Mutex<[GenerationTask]>([])
  private var waiting: [GenerationTask] = []
  private var running: [GenerationTask] = []
  private var isStepping = false
  /// Passes over the weights so far.
  private(set) var passes = 0

  /// - Parameters:
  ///   - cacheMemory: bytes for keys and values of all texts, and of prompts that may come again.
  public init(
    _ model: DecoderModel, threads: Int, cacheMemory: Int, precision: KVPrecision = .float16, limits: Limits = Limits()
  ) throws(DecoderError) {
    self.model = model
    self.limits = limits
    let cache = try KVCache(model, memoryLimit: cacheMemory, precision: precision)
    contextLength = cache.positionLimit
    runner = try DecoderRunner(model, cache: cache, threads: threads, batchLimit: limits.running + limits.promptTokensPerStep)
  }

  /// What sharing of prompts' beginnings saved so far.
  public var cacheStatistics: KVCacheStatistics { runner.cache.statistics }

  /// The tokens of a text, as they are chosen, then why it ended. Errors end the stream: `DecoderError`, or the constraint's.
  public nonisolated func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
    let (stream, continuation) = AsyncThrowingStream<GenerationEvent, any Error>.makeStream()
    let limit = limits.running + limits.waiting
    guard accepted.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
      accepted.wrappingSubtract(1, ordering: .relaxed)
      continuation.finish(throwing: DecoderError.queueFull(limit: limits.waiting))
      return stream
    }
    let task = GenerationTask(request, continuation)
    continuation.onTermination = { _ in task.cancel() }
    arrivals.withLock { $0.append(task) }
    Task { await run() }
    return stream
  }

  /// Steps until nothing is left to write; a call while another steps leaves its request to that one.
  private func run() async {
    guard !isStepping else { return }
    isStepping = true
    var steps = 0
    while takeArrivals() || !running.isEmpty || !waiting.isEmpty {
      step()
      steps += 1
      // Lets other calls in, but not after every step: a small model's takes hardly longer than that.
      if steps % 16 == 0 { await Task.yield() }
    }
    isStepping = false
  }

  private func takeArrivals() -> Bool {
    let new = arrivals.withLock { arrivals in
      defer { arrivals.removeAll() }
      return arrivals
    }
    for task in new { if task.prepare(runner) { waiting.append(task) } else { finish(task) } }
    return !new.isEmpty
  }

  /// One pass over the weights for all that run.
  private func step() {
    running.removeAll { end($0, if: $0.isCancelled) }
    waiting.removeAll { end($0, if: $0.isCancelled) }
    admit()
    var budget = limits.promptTokensPerStep
    let batch = running.compactMap { task in task.nextStep(&budget).map { (task, $0) } }
    guard !batch.isEmpty else { return }
    do throws(DecoderError) {
      try compute(batch)
    } catch .cacheFull(let needed, let free) {
      // The newest makes room, so that those before it go on.
      let newest = running.removeLast()
      finish(newest, throwing: DecoderError.cacheFull(neededBlocks: needed, freeBlocks: free))
    } catch {
      // Memory that cannot be had for one text's length or adapters, or a token that a constraint forces and the model does not have:
      // whose fault it is, is not known, and only that text shall end with it. No sequence has changed, so each goes on alone.
      for (task, step) in batch {
        do throws(DecoderError) { try compute([(task, step)]) } catch { finish(task, throwing: error) }
      }
    }
    running.removeAll(where: \.hasEnded)
  }

  /// Computes the steps together and chooses what follows them.
  /// - Throws: as `DecoderRunner.forward`; then nothing has changed.
  private func compute(_ batch: [(GenerationTask, DecoderStep)]) throws(DecoderError) {
    try runner.forward(batch.map(\.1))
    passes += 1
    var row = 0
    for (task, step) in batch {
      task.didCompute(step)
      guard step.logits != .none else { continue }
      if task.choose(runner, row) { finish(task) }
      row += 1
    }
  }

  private func admit() {
    while running.count < limits.running, let task = waiting.first, running.isEmpty || hasRoom(for: task) {
      waiting.removeFirst()
      task.begin(runner)
      running.append(task)
    }
  }

  /// Whether the text's beginning fits beside the texts that run; those that grow beyond what there is end with an error.
  private func hasRoom(for task: GenerationTask) -> Bool {
    KVBlockShape.blocks(for: task.beginningLength + 1) + running.count <= runner.cache.freeBlocks
  }

  private func end(_ task: GenerationTask, if condition: Bool) -> Bool {
    if condition { finish(task, throwing: CancellationError()) }
    return condition
  }

  private func finish(_ task: GenerationTask, throwing error: (any Error)? = nil) {
    task.end(throwing: error)
    accepted.wrappingSubtract(1, ordering: .relaxed)
  }
}

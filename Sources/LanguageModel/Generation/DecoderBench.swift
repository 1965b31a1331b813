import CKernels

/// How fast a model runs on this machine, beside what its memory gives.
public struct DecoderBench: Sendable {
  public struct Result: Sendable, CustomStringConvertible {
    public let threads: Int
    /// Tokens of the prompt a second.
    public let prefill: Double
    /// Tokens a second of one text that is sampled and streamed.
    public let decode: Double
    /// Bytes a second of weights that decoding reads.
    public let decodeBandwidth: Double
    /// Bytes a second that the same threads read from memory and do nothing else.
    public let memoryBandwidth: Double

    public var description: String {
      func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
      return "\(threads) threads: prefill \(rounded(prefill)) tokens/s, decode \(rounded(decode)) tokens/s, "
        + "\(rounded(decodeBandwidth / 1e9)) GB/s of weights where memory gives \(rounded(memoryBandwidth / 1e9)) GB/s"
    }
  }

  public let model: DecoderModel
  public var promptTokens = 128
  public var decodedTokens = 128
  public var sampling = Sampling(seed: 1)

  public init(_ model: DecoderModel) { self.model = model }

  /// One round of each. Take the mean of several, since other programs disturb.
  public func run(threads: Int) async throws -> Result {
    let decode = try await decodeRate(threads)
    return Result(
      threads: threads, prefill: try prefillRate(threads), decode: decode, decodeBandwidth: decode * Double(model.bytesPerToken),
      memoryBandwidth: try memoryBandwidth(threads))
  }

  private func prompt(seed: UInt64, count: Int) -> [Int32] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in Int32.random(in: 0..<Int32(model.configuration.vocabularySize), using: &random) }
  }

  private func cacheBytes(_ positions: Int) -> Int {
    (KVBlockShape.blocks(for: positions) + 1) * KVBlockShape(model.configuration, .float16).blockBytes
  }

  private func prefillRate(_ threads: Int) throws(DecoderError) -> Double {
    let cache = try KVCache(model, memoryLimit: 2 * cacheBytes(promptTokens))
    let runner = try DecoderRunner(model, cache: cache, threads: threads, batchLimit: promptTokens)
    // The first run brings the buffers in.
    try runner.prefill(cache.open([]), prompt(seed: 1, count: promptTokens))
    let tokens = prompt(seed: 2, count: promptTokens)
    let sequence = cache.open([])
    var seconds = 0.0
    let clock = ContinuousClock()
    let start = clock.now
    try runner.prefill(sequence, tokens)
    seconds = (clock.now - start).seconds
    return Double(promptTokens) / seconds
  }

  private func decodeRate(_ threads: Int) async throws -> Double {
    let generator = try Generator(model, threads: threads, cacheMemory: cacheBytes(decodedTokens + 16))
    let request = GenerationRequest(prompt: prompt(seed: 3, count: 1), sampling: sampling, maximumTokens: decodedTokens + 1)
    let clock = ContinuousClock()
    var first: ContinuousClock.Instant?
    var count = 0
    for try await event in generator.generate(request) {
      guard case .token = event else { continue }
      if first == nil { first = clock.now } else { count += 1 }
    }
    guard let first, count > 0 else { return 0 }
    return Double(count) / (clock.now - first).seconds
  }

  private func memoryBandwidth(_ threads: Int) throws(DecoderError) -> Double {
    let reader = try MemoryReader(members: threads)
    return (0..<3).map { _ in reader.bytesPerSecond() }.max() ?? 0
  }
}

/// Reads more memory than caches hold, on a team's members.
private final class MemoryReader {
  private static let bytesPerMember = 256 << 20
  private let memory: LargeMemory
  private let team: WorkerTeam

  init(members: Int) throws(DecoderError) {
    team = try WorkerTeam(members: members)
    memory = try LargeMemory(byteCount: Self.bytesPerMember * team.members, for: "measuring memory")
    // Untouched pages are all the same one.
    memory.base.initializeMemory(as: UInt8.self, repeating: 1, count: memory.count)
  }

  func bytesPerSecond() -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    team.run(self) { context, member in
      guard let context else { return }
      let reader = Unmanaged<MemoryReader>.fromOpaque(context).takeUnretainedValue()
      var sum: UInt64 = 0
      osu_read_bytes(
        (reader.memory.base + Int(member) * MemoryReader.bytesPerMember).assumingMemoryBound(to: UInt8.self), MemoryReader.bytesPerMember,
        &sum, SIMDLevel.best.rawValue)
    }
    return Double(Self.bytesPerMember * team.members) / (clock.now - start).seconds
  }
}

extension Duration {
  fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

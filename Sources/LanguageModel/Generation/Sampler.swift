import CKernels
import Foundation

/// Chooses tokens by a `Sampling`, with the random numbers and the recent tokens of one text.
public struct Sampler: Sendable {
  public let sampling: Sampling
  private var random: RandomSource
  private var recent: [Int32] = []
  private let level: Int32

  /// - Parameter prompt: its last tokens count as recent.
  public init(_ sampling: Sampling, prompt: some BidirectionalCollection<Int32> = [], level: SIMDLevel = .best) {
    self.sampling = sampling
    self.level = level.rawValue
    random = RandomSource(seed: sampling.seed)
    recent = prompt.suffix(max(0, sampling.penaltyWindow))
  }

  /// The next token. The logits are changed in place by mask and penalty.
  public mutating func next(_ logits: UnsafeMutableBufferPointer<Float>, mask: TokenMask? = nil) throws(DecoderError) -> Int32 {
    if let mask {
      mask.apply(to: logits)
      // A model may have more rows than its tokenizer has tokens.
      for token in min(mask.count, logits.count)..<logits.count { logits[token] = -.infinity }
    }
    penalize(logits)
    var top = -1
    osu_argmax(logits.baseAddress, logits.count, &top, level)
    guard top >= 0, logits[top] > -.infinity else { throw .nothingAllowed }
    let token = sampling.temperature > 0 ? draw(logits, top: logits[top]) ?? Int32(top) : Int32(top)
    accept(token)
    return token
  }

  /// A token that was written without being chosen (forced by a constraint) counts as recent.
  public mutating func accept(_ token: Int32) {
    guard sampling.repetitionPenalty != 1, sampling.penaltyWindow > 0 else { return }
    if recent.count >= sampling.penaltyWindow { recent.removeFirst(recent.count - sampling.penaltyWindow + 1) }
    recent.append(token)
  }

  private func penalize(_ logits: UnsafeMutableBufferPointer<Float>) {
    guard sampling.repetitionPenalty != 1 else { return }
    for token in Set(recent) where logits.indices.contains(Int(token)) {
      let logit = logits[Int(token)]
      logits[Int(token)] = logit > 0 ? logit / sampling.repetitionPenalty : logit * sampling.repetitionPenalty
    }
  }

  private struct Candidate {
    let token: Int32
    let logit: Float
    var probability: Float = 0
  }

  private mutating func draw(_ logits: UnsafeMutableBufferPointer<Float>, top: Float) -> Int32? {
    var candidates = candidates(logits, top: top)
    var total: Float = 0
    for index in candidates.indices {
      candidates[index].probability = exp((candidates[index].logit - top) / sampling.temperature)
      total += candidates[index].probability
    }
    if sampling.topP < 1 {
      var sum: Float = 0
      let last = candidates.firstIndex { candidate in
        sum += candidate.probability
        return sum >= sampling.topP * total
      }
      if let last {
        candidates.removeLast(candidates.count - last - 1)
        total = sum
      }
    }
    var point = Float(random.unit()) * total
    for candidate in candidates {
      point -= candidate.probability
      if point < 0 { return candidate.token }
    }
    return candidates.last?.token
  }

  /// Those that can be drawn, likeliest first (of equal ones the first token): within `minP`, and never so unlikely that a float's sum
  /// would not notice them.
  private func candidates(_ logits: UnsafeMutableBufferPointer<Float>, top: Float) -> [Candidate] {
    // What the mask excludes is at minus infinity.
    var threshold = max(top - 24 * sampling.temperature, -Float.greatestFiniteMagnitude)
    if sampling.minP > 0 { threshold = max(threshold, top + log(sampling.minP) * sampling.temperature) }
    if sampling.topK > 0, sampling.topK < logits.count / 16 {
      threshold = max(threshold, osu_top_bound(logits.baseAddress, logits.count, sampling.topK, level))
    }
    var found = withUnsafeTemporaryAllocation(of: Int32.self, capacity: logits.count) { tokens in
      var count = 0
      osu_select_above(logits.baseAddress, logits.count, threshold, tokens.baseAddress, &count, level)
      return tokens.prefix(count).map { Candidate(token: $0, logit: logits[Int($0)]) }
    }
    found.sort { $0.logit != $1.logit ? $0.logit > $1.logit : $0.token < $1.token }
    if sampling.topK > 0, found.count > sampling.topK { found.removeLast(found.count - sampling.topK) }
    return found
  }
}

import CKernels
import Foundation

/// What is wrong with the vectors of a batch, and which way they should go.
public struct EncoderObjective: Sendable, Equatable, Codable {
  /// What similarities within pairs are divided by: the smaller, the more the nearest wrong texts count.
  public var temperature: Float
  /// How much a pair counts beside a text whose vector is known.
  public var pairWeight: Float

  public init(temperature: Float = 0.05, pairWeight: Float = 1) { (self.temperature, self.pairWeight) = (temperature, pairWeight) }

  func check() throws(TrainingError) {
    guard temperature > 0, temperature.isFinite else {
      throw .invalid(setting: "temperature", value: "\(temperature)", expected: "a positive number")
    }
    guard pairWeight >= 0, pairWeight.isFinite else { throw .invalid(setting: "pairWeight", value: "\(pairWeight)", expected: "0 or more") }
  }

  /// The sum of the examples' losses: 1 - the cosine to a known vector; for a pair the mean cross entropy of finding each text's other among
  /// the others of the batch (Oord et al. 2018, InfoNCE).
  /// - Returns: the loss, and its slopes at the vectors times `scale`.
  func loss(
    _ vectors: TextRows, _ batch: EncoderBatch, _ corpus: EncoderCorpus, scale: Float, _ kernels: TrainingKernels
  ) -> (sum: Double, slopes: [Float]) {
    let width = corpus.width
    var slopes = [Float](repeating: 0, count: vectors.vectors.count)
    var sum = 0.0
    for (text, target) in batch.known {
      let target = corpus.target(target)
      sum += 1 - Double(zip(vectors[text], target).reduce(Float(0)) { $0 + $1.0 * $1.1 })
      for (index, number) in target.enumerated() { slopes[text * width + index] = -scale * number }
    }
    if !batch.pairs.isEmpty { sum += pairLoss(vectors, batch.pairs, width, scale, kernels, &slopes) }
    return (sum, slopes)
  }

  private func pairLoss(
    _ vectors: TextRows, _ pairs: [(Int, Int)], _ width: Int, _ scale: Float, _ kernels: TrainingKernels, _ slopes: inout [Float]
  ) -> Double {
    let count = pairs.count
    let firsts = pairs.flatMap { vectors[$0.0] }
    let seconds = pairs.flatMap { vectors[$0.1] }
    /// In floats always: what bf16 rounds away would count twentyfold here.
    func product(_ a: [Float], _ b: [Float], transposedA: Bool = false, transposedB: Bool = false, _ m: Int, _ n: Int, _ k: Int) -> [Float]
    {
      [Float](unsafeUninitializedCapacity: m * n) { c, initialized in
        osu_train_matmul(
          kernels.trainer, OSU_TRAIN_F32, transposedA ? 1 : 0, transposedB ? 1 : 0, m, n, k, a, transposedA ? m : k, b,
          transposedB ? k : n, c.baseAddress, n, 0)
        initialized = m * n
      }
    }
    let scores = product(firsts, seconds, transposedB: true, count, count, width).map { $0 / temperature }
    var slope = [Float](repeating: 0, count: count * count)
    var sum = 0.0
    for index in 0..<count {
      for places in [(0..<count).map { index * count + $0 }, (0..<count).map { $0 * count + index }] {
        let top = places.reduce(-Float.infinity) { max($0, scores[$1]) }
        let total = places.reduce(Float(0)) { $0 + exp(scores[$1] - top) }
        sum += 0.5 * Double(log(total) + top - scores[index * count + index])
        for place in places { slope[place] += 0.5 * exp(scores[place] - top) / total }
      }
      slope[index * count + index] -= 1
    }
    let factor = scale * pairWeight / temperature
    slope = slope.map { $0 * factor }
    let slopesOfFirsts = product(slope, seconds, count, width, count)
    let slopesOfSeconds = product(slope, firsts, transposedA: true, count, width, count)
    for (index, pair) in pairs.enumerated() {
      for place in 0..<width {
        slopes[pair.0 * width + place] = slopesOfFirsts[index * width + place]
        slopes[pair.1 * width + place] = slopesOfSeconds[index * width + place]
      }
    }
    return Double(pairWeight) * sum
  }
}

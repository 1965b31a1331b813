import Foundation
import LanguageModel

/// Prints, for every instruction set of the machine, the time of one sentence on one thread and how many a second go through on all cores.
enum EncoderBench {
  /// - Parameters:
  ///   - folder: of the encoder.
  ///   - sentences: as people type them; each is encoded in turn.
  static func run(_ folder: URL, _ sentences: [String]) throws {
    for level in SIMDLevel.available.reversed() {
      let encoder = try MiniLM(folder: folder, level: level)
      for sentence in sentences { _ = try encoder.analyse(sentence) }
      var times: [Double] = []
      let end = ContinuousClock.now + .seconds(2)
      while ContinuousClock.now < end {
        for sentence in sentences { times.append(try milliseconds { _ = try encoder.analyse(sentence) }) }
      }
      let many = (0..<max(1, 400 / sentences.count)).flatMap { _ in sentences }
      let batch = try (0..<3).map { _ in try milliseconds { _ = try encoder.analyse(many) } }.min() ?? 0
      print(
        "[encoder, \(level)] one sentence p50 \(String(format: "%.2f", quantile(times, 0.5))) ms   "
          + "p99 \(String(format: "%.2f", quantile(times, 0.99))) ms   in batches \(Int(Double(many.count) / batch * 1000)) sentences/s")
    }
  }

  private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let elapsed = try ContinuousClock().measure(body).components
    return Double(elapsed.seconds) * 1000 + Double(elapsed.attoseconds) / 1e15
  }
}

import CKernels
import Foundation

/// Rotary positions (Su et al. 2021) with the scalings that GGUF files ask for: linear (Chen et al. 2023), YaRN (Peng et al. 2023)
/// and the per-frequency factors of Llama 3, which stand in the tensor `rope_freqs.weight`.
public struct RotaryEmbedding: Sendable, Equatable {
  /// Radians a position of each rotated pair.
  public let frequencies: [Float]
  /// What cosines and sines are multiplied with (YaRN's attention temperature), else 1.
  public let magnitude: Float

  init(_ file: GGUFFile, prefix: String, headWidth: Int, contextLength: Int) throws(DecoderError) {
    let reader = ConfigurationReader(file)
    let width = try reader.count("\(prefix).rope.dimension_count", 2...headWidth, absent: headWidth)
    guard width % 2 == 0 else { throw reader.invalid("\(prefix).rope.dimension_count", "\(width)", "an even number") }
    let base = Double(try reader.float("\(prefix).rope.freq_base", absent: 10_000))
    let plain = (0..<width / 2).map { pow(base, -2 * Double($0) / Double(width)) }
    let factor = Double(
      try reader.float("\(prefix).rope.scaling.factor", absent: reader.float("\(prefix).rope.scale_linear", absent: 1)))
    let attention = try reader.float("\(prefix).rope.scaling.attn_factor", absent: 1)
    let divisors = try Self.divisors(file, count: width / 2)
    var scaled = zip(plain, divisors).map { $0 / $1 }
    switch try reader.string("\(prefix).rope.scaling.type") ?? (factor == 1 ? "none" : "linear") {
    case "none": magnitude = attention
    case "linear":
      scaled = scaled.map { $0 / factor }
      magnitude = attention
    case "yarn":
      let original = try reader.count("\(prefix).rope.scaling.original_context_length", 1...1 << 30, absent: contextLength)
      let ramp = Self.yarnRamp(width: width, base: base, original: Double(original))
      scaled = zip(scaled, ramp).map { $0 / factor * (1 - $1) + $0 * $1 }
      magnitude = attention * Float(1 + 0.1 * log(factor))
    case let other: throw .unsupported(file: file.path, what: "rope scaling of type \"\(other)\"")
    }
    frequencies = scaled.map { Float($0) }
  }

  private static func divisors(_ file: GGUFFile, count: Int) throws(DecoderError) -> [Double] {
    guard file.tensors["rope_freqs.weight"] != nil else { return Array(repeating: 1, count: count) }
    let tensor = try ConfigurationReader(file).tensor("rope_freqs.weight", shape: [count])
    guard tensor.type == .f32 else { throw .unsupported(file: file.path, what: "rope_freqs.weight of type \(tensor.type)") }
    let factors = file.floats(of: tensor)
    guard factors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw .invalid(file: file.path, key: "rope_freqs.weight", value: "\(factors.min() ?? 0)", expected: "positive numbers")
    }
    return factors.map { Double($0) }
  }

  /// How far each pair keeps its own frequency: 1 for those that turn 32 times and more within the original context, 0 for those
  /// that turn less than once, linear between.
  private static func yarnRamp(width: Int, base: Double, original: Double) -> [Double] {
    func pair(turning turns: Double) -> Double { Double(width) * log(original / (turns * 2 * .pi)) / (2 * log(base)) }
    let low = max(0, floor(pair(turning: 32)))
    let high = min(Double(width - 1), ceil(pair(turning: 1)))
    return (0..<width / 2).map { 1 - min(1, max(0, (Double($0) - low) / max(0.001, high - low))) }
  }

  /// Cosines, then sines, of one position: 2 * frequencies.count numbers.
  func fill(_ table: UnsafeMutablePointer<Float>, position: Int) {
    osu_rope_angles(Double(position), frequencies, magnitude, frequencies.count, table)
  }
}

/// How a tensor's numbers are stored, with ggml's names and numbers (ggml.h, `ggml_type`).
///
/// A row (the fastest dimension) is a sequence of blocks of `blockSize` numbers, each of `blockBytes` bytes.
public enum TensorType: UInt32, Sendable, CaseIterable, Codable, CustomStringConvertible {
  case f32 = 0
  case f16 = 1
  /// 32 numbers: a half-precision scale, then 16 bytes of 4-bit numbers, biased by 8.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q4_0 = 2
  /// 32 numbers: a half-precision scale, four bytes of fifth bits, then 16 bytes of the lower four, biased by 16.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q5_0 = 6
  /// 32 numbers: a half-precision scale, then 32 signed bytes.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q8_0 = 8
  /// 256 numbers: two half-precision scales, eight 6-bit scales and minima, then 128 bytes of 4-bit numbers.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q4_K = 12
  /// 256 numbers: 128 bytes of low and 64 of high bits, sixteen signed byte scales, then a half-precision scale.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q6_K = 14
  case bf16 = 30

  /// Numbers in a block.
  public var blockSize: Int {
    switch self {
    case .f32, .f16, .bf16: 1
    case .q8_0, .q5_0, .q4_0: 32
    case .q4_K, .q6_K: 256
    }
  }

  /// Bytes of a block.
  public var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8_0: 34
    case .q4_0: 18
    case .q5_0: 22
    case .q4_K: 144
    case .q6_K: 210
    }
  }

  public var isQuantized: Bool { blockSize > 1 }

  /// ggml's name: `F32`, `Q4_K` and so on.
  public var description: String {
    switch self {
    case .f32: "F32"
    case .f16: "F16"
    case .bf16: "BF16"
    case .q8_0: "Q8_0"
    case .q4_0: "Q4_0"
    case .q5_0: "Q5_0"
    case .q4_K: "Q4_K"
    case .q6_K: "Q6_K"
    }
  }

  /// Bytes of a tensor of this shape (`shape[0]` is the fastest dimension), or nil if a row is no whole number of blocks, a
  /// dimension is not positive, or the product is beyond 63 bits.
  public func byteCount(shape: [Int]) -> Int? {
    guard let row = shape.first, row % blockSize == 0, shape.allSatisfy({ $0 > 0 }) else { return nil }
    var bytes = row / blockSize
    for factor in shape.dropFirst() + [blockBytes] {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      bytes = product
    }
    return bytes
  }

  /// What ggml calls a type that this engine does not run, for messages.
  static func foreignName(_ raw: UInt32) -> String? {
    let names: [UInt32: String] = [
      3: "Q4_1", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 13: "Q5_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
      18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64",
      28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
    ]
    return names[raw]
  }
}

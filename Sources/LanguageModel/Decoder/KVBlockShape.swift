import CKernels

/// The numbers that keys and values are kept as.
public enum KVPrecision: Sendable {
  /// IEEE half precision: half the memory and bandwidth. What llama.cpp keeps by default.
  case float16
  case float32

  var byteCount: Int { self == .float16 ? 2 : 4 }
}

/// How the keys and values of sixteen positions stand in a block: layer by layer, head by head, keys `[headWidth][16]`, then values
/// `[16][headWidth]`.
struct KVBlockShape: Sendable {
  static let positions = OSU_BLOCK
  let precision: KVPrecision
  let headWidth: Int
  let headBytes: Int
  let layerBytes: Int
  let blockBytes: Int

  init(_ shape: DecoderConfiguration, _ precision: KVPrecision) {
    self.precision = precision
    headWidth = shape.headWidth
    headBytes = 2 * Self.positions * shape.headWidth * precision.byteCount
    layerBytes = headBytes * shape.keyValueHeads
    blockBytes = layerBytes * shape.layers
  }

  static func blocks(for positions: Int) -> Int { (positions + Self.positions - 1) / Self.positions }
}

import CKernels

/// The numbers that keys and values are kept as.
public enum KVPrecision: Sendable {
  /// IEEE half precision: half the memory and bandwidth. What llama.cpp keeps by default.
  case float16
  case float32

  var byteCount: Int { self == .float16 ? 2 : 4 }
}

/// How keys and values stand in the pool: layer by layer, so that what a layer reads of neighbouring blocks is close together; there
/// block by block of sixteen positions, head by head, keys `[headWidth][16]`, then values `[16][headWidth]`.
struct KVBlockShape: Sendable {
  static let positions = OSU_BLOCK
  let precision: KVPrecision
  let headWidth: Int
  let headBytes: Int
  /// A block's part in one layer.
  let layerBytes: Int
  /// A block in all layers.
  let blockBytes: Int
  let layers: Int

  init(_ shape: DecoderConfiguration, _ precision: KVPrecision) {
    self.precision = precision
    headWidth = shape.headWidth
    layers = shape.layers
    headBytes = 2 * Self.positions * shape.headWidth * precision.byteCount
    layerBytes = headBytes * shape.keyValueHeads
    blockBytes = layerBytes * shape.layers
  }

  static func blocks(for positions: Int) -> Int { (positions + Self.positions - 1) / Self.positions }
}

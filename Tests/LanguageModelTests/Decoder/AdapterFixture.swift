import Foundation

@testable import LanguageModel

/// GGUF files for tests, in memory.
struct WrittenFile {
  var metadata = GGUFMetadata()
  var tensors: [(name: String, type: TensorType, shape: [Int], values: [Float])] = []

  init() {}

  /// All that a file of floats holds.
  init(_ file: GGUFFile) {
    metadata = file.metadata
    tensors = file.orderedTensors.map { ($0.name, $0.type, $0.shape, file.floats(of: $0)) }
  }

  func bytes() throws -> [UInt8] {
    let path = NSTemporaryDirectory() + "adapter-\(UUID().uuidString).gguf"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try GGUFWriter(
      path: path, metadata: metadata, tensors: tensors.map { .init(name: $0.name, type: $0.type, shape: $0.shape) })
    for tensor in tensors {
      // Infinities are no numbers for `encode`, but a file may hold them.
      let plain = tensor.type == .f32 ? tensor.values.flatMap { number in withUnsafeBytes(of: number.bitPattern) { Array($0) } } : nil
      try writer.write(plain ?? tensor.values.withUnsafeBufferPointer { tensor.type.encode($0) ?? [] })
    }
    try writer.finish()
    return [UInt8](FileManager.default.contents(atPath: path) ?? Data())
  }

  func open(_ name: String = "written") throws -> GGUFFile { try GGUFFile(bytes: bytes(), name: name) }
}

/// An adapter with random factors of the matrices of a test model.
struct AdapterFixture {
  let model: DecoderModel
  var file = WrittenFile()
  let alpha: Float

  /// - Parameter matrices: which to change by their tensors' names; nil for all.
  init(_ model: DecoderModel, seed: UInt64, rank: Int, alpha: Float = 12, type: TensorType = .f32, only matrices: Set<String>? = nil) {
    self.model = model
    self.alpha = alpha
    file.metadata["general.type"] = .string("adapter")
    file.metadata["general.architecture"] = .string(model.configuration.architecture.rawValue)
    file.metadata["adapter.type"] = .string("lora")
    file.metadata["adapter.lora.alpha"] = .float32(alpha)
    var random = RandomSource(seed: seed)
    func numbers(_ count: Int, _ size: Float) -> [Float] { (0..<count).map { _ in Float.random(in: -size...size, using: &random) } }
    for (_, name, packed) in AdaptedMatrix.all(of: model) where matrices?.contains(name) ?? true {
      file.tensors.append(("\(name).lora_a", type, [packed.columns, rank], numbers(packed.columns * rank, 0.2)))
      file.tensors.append(("\(name).lora_b", type, [rank, packed.rows], numbers(packed.rows * rank, 0.2)))
    }
  }

  func load() throws -> LoRAAdapter { try LoRAAdapter(file.open("adapter.gguf"), for: model) }

  /// The model's file with every product added by hand: W + scale * alpha / rank * B A.
  func merged(into base: WrittenFile, scale: Float = 1) -> WrittenFile {
    var merged = base
    for pair in stride(from: 0, to: file.tensors.count, by: 2) {
      let (down, up) = (file.tensors[pair], file.tensors[pair + 1])
      let (columns, rank, rows) = (down.shape[0], down.shape[1], up.shape[1])
      guard let index = merged.tensors.firstIndex(where: { $0.name + ".lora_a" == down.name }) else { continue }
      for row in 0..<rows {
        for column in 0..<columns {
          var sum: Double = 0
          for number in 0..<rank { sum += Double(up.values[row * rank + number]) * Double(down.values[number * columns + column]) }
          merged.tensors[index].values[row * columns + column] += scale * alpha / Float(rank) * Float(sum)
        }
      }
    }
    return merged
  }
}

extension DecoderRunner {
  /// The logits after each of the tokens, computed afresh or from what is shared.
  func allLogits(_ tokens: [Int32], with attachments: DecoderAttachments = .none) throws -> [[Float]] {
    let sequence = cache.open([], with: attachments)
    let rows = try forward([DecoderStep(sequence, tokens, logits: .all)])
    return (0..<rows).map { row($0) }
  }
}

func largestDifference(_ a: [[Float]], _ b: [[Float]]) -> Float {
  zip(a.joined(), b.joined()).reduce(a.count == b.count ? 0 : .infinity) { max($0, abs($1.0 - $1.1)) }
}

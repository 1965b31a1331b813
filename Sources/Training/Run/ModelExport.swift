import Foundation
import LanguageModel

/// Writes a whole model as GGUF, for this engine and llama.cpp.
struct ModelExport {
  let metadata: GGUFMetadata
  let layout: ParameterLayout
  let weights: FloatBuffer
  /// Tensors that go along as they are: their names and floats.
  var others: [(name: String, values: [Float])] = []

  /// - Parameter type: of the matrices; `.f32`, `.f16`, `.q8_0` or `.q4_0`.
  func write(to path: String, name: String, type: TensorType) throws {
    guard [.f32, .f16].contains(type) || ModelQuantizer.types.contains(type) else {
      throw TrainingError.invalid(setting: "the type of a model", value: "\(type)", expected: "F32, F16, Q8_0 or Q4_0")
    }
    guard ModelQuantizer.types.contains(type) else { return try writeFloats(to: path, name: name, type: type) }
    let temporary = "\(path).\(UUID().uuidString).f32"
    defer { unlink(temporary) }
    try writeFloats(to: temporary, name: name, type: .f32)
    _ = try ModelQuantizer(source: temporary, type: type).write(to: path)
  }

  private func writeFloats(to path: String, name: String, type: TensorType) throws {
    var metadata = metadata
    metadata["general.name"] = .string(name)
    metadata["general.file_type"] = .uint32(type == .f16 ? 1 : 0)
    // A model that came quantised goes as floats.
    metadata["general.quantization_version"] = nil
    var writer = TensorWriter(path: path, metadata: metadata)
    for entry in layout.entries {
      writer.add(entry.name, entry.shape.count > 1 ? type : .f32, entry.shape, Array(weights[entry.range]))
    }
    for other in others { writer.add(other.name, .f32, [other.values.count], other.values) }
    try writer.write()
  }
}

extension TrainableDecoder {
  /// Writes the model as it is.
  /// - Parameter type: of the matrices; F32, F16, Q8_0 or Q4_0.
  public func export(to path: String, name: String, type: TensorType = .f32) throws {
    let factors = rotaryFactors.isEmpty ? [] : [(name: "rope_freqs.weight", values: rotaryFactors)]
    try ModelExport(metadata: metadata, layout: layout, weights: weights, others: factors).write(to: path, name: name, type: type)
  }
}

/// Writes what was trained beside a model: LoRA's factors as llama.cpp's convert_lora_to_gguf.py writes them, or a soft prompt.
struct AdapterExport {
  let adaptation: Adaptation
  let layout: ParameterLayout
  let values: FloatBuffer

  /// - Parameter type: `.f32` or `.f16`.
  func write(to path: String, name: String, type: TensorType) throws {
    guard [.f32, .f16].contains(type) else {
      throw TrainingError.invalid(setting: "the type of an adapter", value: "\(type)", expected: "F32 or F16")
    }
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("llama")
    metadata["general.name"] = .string(name)
    metadata["general.file_type"] = .uint32(type == .f16 ? 1 : 0)
    if case .lora(_, let alpha, _) = adaptation {
      metadata["general.type"] = .string("adapter")
      metadata["adapter.type"] = .string("lora")
      metadata["adapter.lora.alpha"] = .float32(alpha)
    } else {
      metadata["general.type"] = .string("soft-prompt")
    }
    var writer = TensorWriter(path: path, metadata: metadata)
    for entry in layout.entries { writer.add(entry.name, type, entry.shape, Array(values[entry.range])) }
    try writer.write()
  }
}

/// Collects tensors, then writes them in one go.
private struct TensorWriter {
  let path: String
  let metadata: GGUFMetadata
  private var tensors: [(GGUFWriter.Description, [Float])] = []

  init(path: String, metadata: GGUFMetadata) {
    self.path = path
    self.metadata = metadata
  }

  mutating func add(_ name: String, _ type: TensorType, _ shape: [Int], _ values: [Float]) {
    tensors.append((GGUFWriter.Description(name: name, type: type, shape: shape), values))
  }

  func write() throws(GGUFError) {
    let writer = try GGUFWriter(path: path, metadata: metadata, tensors: tensors.map(\.0))
    for (tensor, values) in tensors {
      guard let bytes = values.withUnsafeBufferPointer({ tensor.type.encode($0) }) else {
        throw .unusableNumbers(file: path, tensor: tensor.name, type: tensor.type)
      }
      try writer.write(bytes)
    }
    try writer.finish()
  }
}

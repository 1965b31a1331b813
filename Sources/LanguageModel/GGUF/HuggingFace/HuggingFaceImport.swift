import Foundation

/// Turns a folder in Hugging Face's layout into one GGUF file that this engine and llama.cpp run.
///
/// Architectures: LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM and BertModel. The folder holds `config.json`,
/// `tokenizer.json`, `tokenizer_config.json` (whose chat template is carried over) and weights as safetensors.
public struct HuggingFaceImport: Sendable {
  /// The formats that matrices can be written in; vectors and norms are F32 always.
  public static let types: [TensorType] = [.f32, .f16, .bf16, .q8_0]

  private let metadata: GGUFMetadata
  private let plan: TensorPlan

  /// Reads the folder and checks that everything is there, in the shapes that its config promises.
  /// - Parameters:
  ///   - folder: a path.
  ///   - type: what matrices are written in; nil keeps each as it is stored. Q8_0 is what `ModelQuantizer` makes of the stored one.
  /// - Throws: `ModelFileError` with the file, what is wrong with it, and the mend.
  public init(folder: String, type: TensorType? = nil) throws(ModelFileError) {
    if let type { precondition(Self.types.contains(type), "models are imported in F32, F16, BF16 or Q8_0, not in \(type)") }
    let files = try HuggingFaceFolder(path: folder)
    let config = files.config
    let names = config.json["architectures"]?.array?.compactMap(\.string) ?? []
    guard let name = names.first else { throw config.refuse("has no architectures") }
    var metadata = GGUFMetadata(file: folder)
    let architecture = [
      "LlamaForCausalLM": "llama", "Qwen2ForCausalLM": "qwen2", "Qwen3ForCausalLM": "qwen3", "BertModel": "bert",
    ][name]
    guard let architecture else {
      throw config.refuse("architecture \(name) is not supported", "Use LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM or BertModel.")
    }
    metadata["general.architecture"] = .string(architecture)
    metadata["general.type"] = .string("model")
    metadata["general.name"] = .string(URL(fileURLWithPath: folder).lastPathComponent)
    let vocabularySize: Int
    if architecture == "bert" {
      let encoder = try EncoderImport(config: config)
      vocabularySize = encoder.vocabularySize
      try encoder.describe(in: &metadata, folder: files)
      plan = try encoder.plan(files.weights, matrixType: type)
    } else {
      let decoder = try DecoderImport(architecture: architecture, config: config)
      vocabularySize = decoder.vocabularySize
      try decoder.describe(in: &metadata)
      plan = try decoder.plan(files.weights, matrixType: type)
    }
    let matrix = plan.tensors.first { $0.description.shape.count > 1 }?.description.type ?? .f32
    metadata["general.file_type"] = .uint32(ModelQuantizer.fileType(matrix))
    metadata["general.quantization_version"] = .uint32(ModelQuantizer.quantizationVersion)
    try TokenizerImport(files, vocabularySize: vocabularySize).describe(in: &metadata)
    self.metadata = metadata
  }

  /// Writes the model; `path` appears, or is replaced, only when everything is written.
  /// - Parameter progress: is told how much is written, 0 to 1.
  /// - Throws: `GGUFError` if a weight is not finite or the file cannot be written, `CancellationError` if the task is cancelled.
  public func write(to path: String, progress: ((Double) -> Void)? = nil) throws {
    let writer = try GGUFWriter(path: path, metadata: metadata, tensors: plan.tensors.map(\.description))
    writer.progress = progress
    try plan.write(to: writer)
    try writer.finish()
  }
}

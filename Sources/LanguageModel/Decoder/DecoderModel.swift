/// A decoder-only language model from a GGUF file: llama, qwen2 or qwen3 (docs: ggml/docs/gguf.md), ready to run.
///
/// The model itself never changes and is shared freely; what a run needs besides (buffers, threads, the key-value cache) belongs to a
/// `DecoderRunner`.
public final class DecoderModel: Sendable {
  public let configuration: DecoderConfiguration
  public let file: GGUFFile
  let weights: DecoderWeights
  let store: WeightStore

  /// - Parameters:
  ///   - path: the GGUF file.
  ///   - cacheFolder: where the repacked weights are kept for the next start, or nil. The folder is made if it is absent; if it cannot be
  ///     written, the model runs all the same and `cacheProblem` says why.
  public convenience init(path: String, cacheFolder: String? = nil) throws(DecoderError) {
    let file: GGUFFile
    do { file = try GGUFFile(path: path) } catch { throw .file(error) }
    try self.init(file, cacheFolder: cacheFolder)
  }

  /// A file that is open already, for its tokenizer for instance.
  public init(_ file: GGUFFile, cacheFolder: String? = nil) throws(DecoderError) {
    self.file = file
    configuration = try DecoderConfiguration(file)
    weights = try DecoderWeights(file, configuration)
    store = try WeightStore(file, weights, cacheFolder: cacheFolder)
  }

  /// Bytes of weights that one token's step reads.
  public var bytesPerToken: Int { weights.packedBytes }
  /// Whether the repacked weights came from the cache folder.
  public var loadedFromCache: Bool { store.origin == .cache }
  public var cacheProblem: String? { store.cacheProblem }
}

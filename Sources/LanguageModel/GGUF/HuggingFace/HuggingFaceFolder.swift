import Foundation

/// The files of a model in Hugging Face's layout: `config.json`, `tokenizer.json`, `tokenizer_config.json` and the weights in
/// `model.safetensors` or in the shards that `model.safetensors.index.json` names.
struct HuggingFaceFolder: Sendable {
  /// A weight and the file that holds it.
  struct Weight: Sendable {
    var file: Safetensors
    var tensor: Safetensors.Tensor
  }

  let path: String
  let config: HuggingFaceConfig
  let tokenizer: ExactJSON
  /// Empty if the folder has none.
  let tokenizerConfig: ExactJSON
  let weights: [String: Weight]

  private static let largestJSON = 1 << 28

  init(path: String) throws(ModelFileError) {
    self.path = path
    let config = try Self.json(path, "config.json")
    self.config = HuggingFaceConfig(config, file: path + "/config.json")
    tokenizer = try Self.json(path, "tokenizer.json")
    tokenizerConfig = try Self.json(ifPresent: path, "tokenizer_config.json") ?? .object([])
    weights = try Self.weights(path)
  }

  /// A JSON file of the folder, or nil if there is none of this name.
  static func json(ifPresent folder: String, _ name: String) throws(ModelFileError) -> ExactJSON? {
    guard FileManager.default.fileExists(atPath: "\(folder)/\(name)") else { return nil }
    return try json(folder, name)
  }

  private static func json(_ folder: String, _ name: String) throws(ModelFileError) -> ExactJSON {
    let file: MappedFile
    do { file = try MappedFile(path: "\(folder)/\(name)") } catch {
      throw ModelFileError(
        file: "\(folder)/\(name)", problem: "cannot be read",
        mend: "Name a complete Hugging Face folder, with config.json and tokenizer.json.")
    }
    guard file.count <= largestJSON else {
      throw ModelFileError(file: "\(folder)/\(name)", problem: "is larger than 256 MiB", mend: "Download the model's folder again.")
    }
    return try ExactJSON(file.bytes, file: "\(folder)/\(name)")
  }

  /// The text of a file of the folder, or nil if there is none of this name.
  func text(ifPresent name: String) -> String? { try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

  private static func weights(_ folder: String) throws(ModelFileError) -> [String: Weight] {
    let index = "model.safetensors.index.json"
    guard let map = try json(ifPresent: folder, index) else {
      let file = try Safetensors(path: "\(folder)/model.safetensors")
      return file.tensors.mapValues { Weight(file: file, tensor: $0) }
    }
    guard let members = map["weight_map"]?.members else {
      throw ModelFileError(file: "\(folder)/\(index)", problem: "has no weight_map", mend: "Download the model's folder again.")
    }
    var shards: [String: Safetensors] = [:]
    var weights: [String: Weight] = [:]
    for member in members {
      guard let name = member.value.string, name.hasSuffix(".safetensors"), !name.contains("/") else {
        throw ModelFileError(
          file: "\(folder)/\(index)", problem: "names no file of this folder for \(member.key)", mend: "Download the model's folder again.")
      }
      let shard: Safetensors
      if let known = shards[name] { shard = known } else { shard = try Safetensors(path: "\(folder)/\(name)") }
      shards[name] = shard
      guard let tensor = shard.tensors[member.key] else {
        throw ModelFileError(file: "\(folder)/\(name)", problem: "has no tensor \(member.key)", mend: "Download the model's folder again.")
      }
      weights[member.key] = Weight(file: shard, tensor: tensor)
    }
    return weights
  }
}

/// Typed access to `config.json`; each absent or wrong field is named.
struct HuggingFaceConfig: Sendable {
  let json: ExactJSON
  let file: String

  init(_ json: ExactJSON, file: String) {
    self.json = json
    self.file = file
  }

  func refuse(_ problem: String, _ mend: String = "Use a model of a supported architecture.") -> ModelFileError {
    ModelFileError(file: file, problem: problem, mend: mend)
  }

  /// A size: a positive number below a million.
  func size(_ key: String) throws(ModelFileError) -> Int {
    guard let size = try size(ifPresent: key) else { throw refuse("has no \(key)") }
    return size
  }

  func size(ifPresent key: String) throws(ModelFileError) -> Int? {
    guard let value = json[key] else { return nil }
    guard let size = value.integer, (1...10_000_000).contains(size) else { throw refuse("\(key) is no size from 1 to 10,000,000") }
    return size
  }

  func float(_ key: String) throws(ModelFileError) -> Float {
    guard let number = json[key]?.double, number > 0 else { throw refuse("has no positive number \(key)") }
    return Float(number)
  }

  /// Refuses any value of `key` but this one; an absent key has it.
  func expect(_ key: String, _ value: String) throws(ModelFileError) {
    guard let text = json[key]?.string else { return }
    guard text == value else { throw refuse("\(key) is \(text), where only \(value) is supported") }
  }

  /// Refuses a switch that is on.
  func expectOff(_ key: String) throws(ModelFileError) {
    guard json[key]?.bool != true else { throw refuse("\(key) is on, which is not supported") }
  }
}

import Foundation
import Testing

@testable import LanguageModel

@Suite struct SafetensorsTests {
  private func sample(_ type: TensorType = .f32) throws -> (Data, ModelFolder) {
    let folder = try ModelFolder(config: [:], tokenizer: [:])
    folder.add("a", [2, 3])
    folder.add("b", [4])
    return (try folder.safetensors(["a", "b"], type), folder)
  }

  @Test(arguments: [TensorType.f32, .f16, .bf16]) func weightsAreRead(type: TensorType) throws {
    let (data, folder) = try sample(type)
    let file = try Safetensors(data: data, name: "a.safetensors")
    #expect(Set(file.tensors.keys) == ["a", "b"])
    #expect(file.tensors["a"]?.type == type && file.tensors["a"]?.shape == [2, 3])
    #expect(try file.floats("a", shape: [2, 3]) == folder.weights["a"]?.values)
    #expect(throws: ModelFileError.self) { try file.floats("a", shape: [3, 2]) }
    #expect(throws: ModelFileError.self) { try file.floats("c", shape: [1]) }
  }

  @Test func hostileHeadersAreRefused() {
    func problem(_ header: String, _ bytes: Int = 16) -> String {
      let data = Swift.withUnsafeBytes(of: UInt64(header.utf8.count)) { Data($0) } + Data(header.utf8) + Data(count: bytes)
      do throws(ModelFileError) {
        _ = try Safetensors(data: data, name: "a")
        return "accepted"
      } catch { return error.problem }
    }
    #expect(problem(#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#) == "accepted")
    #expect(problem(#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,17]}}"#).contains("lie outside"))
    #expect(problem(#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}}"#).contains("lie outside"))
    #expect(problem(#"{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}}"#).contains("does not take 16 bytes"))
    #expect(problem(#"{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#).contains("does not take"))
    #expect(
      problem(#"{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,16]}}"#).contains("does not take"))
    #expect(problem(#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,9223372036854775807]}}"#).contains("lie outside"))
    #expect(
      problem(#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#)
        .contains("stands twice"))
    #expect(problem("[]").contains("not a JSON object"))
  }

  @Test func damageNeverCrashes() throws {
    let (data, folder) = try sample()
    func survives(_ data: Data) {
      guard let file = try? Safetensors(data: data, name: "a") else { return }
      for (name, tensor) in file.tensors { _ = try? file.floats(name, shape: tensor.shape) }
    }
    for length in 0..<data.count {
      survives(data.prefix(length))
      #expect(throws: ModelFileError.self) { try Safetensors(data: data.prefix(length), name: "a") }
    }
    var random = SplitMix(23)
    for _ in 0..<20_000 {
      var bytes = data
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      survives(bytes)
    }
    #expect(folder.weights.count == 2)
  }
}

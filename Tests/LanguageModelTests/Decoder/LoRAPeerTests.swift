import Foundation
import Testing

@testable import LanguageModel

/// An adapter's effect against llama.cpp's on the same files (Scripts/make-lora-fixture.py).
@Suite struct LoRAPeerTests {
  /// What llama.cpp computes after `llama_set_adapters_lora`.
  private struct Reference: Decodable {
    let scale: Float
    let rank: Int
    let prompt: [Int32]
    /// After each of the prompt's last tokens.
    let logits: [[Float]]
  }

  @Test func logitsAreThePeers() throws {
    let data = try #require(FileManager.default.contents(atPath: DecoderFixture.folder + "/llama-F32-lora.json"))
    let reference = try JSONDecoder().decode(Reference.self, from: data)
    let model = try DecoderModel(path: DecoderFixture.path("llama-F32"))
    let lora = try LoRAAdapter(path: DecoderFixture.path("llama-F32-lora"), for: model)
    #expect(lora.rank == reference.rank)
    // Seven a layer, and the output.
    #expect(lora.matrixCount == 15)
    #expect(reference.logits.count == 3)
    let attachments = DecoderAttachments(adapters: [.init(lora, scale: reference.scale)])
    let expected = Array(reference.logits.joined())
    for level in SIMDLevel.available {
      let runner = try DecoderRunner(testing: model, level: level)
      let found = try runner.allLogits(reference.prompt, with: attachments).suffix(3)
      #expect(relativeError(Array(found.joined()), expected) < 1e-4, "\(level)")
      // Without it they are others.
      #expect(try relativeError(Array(runner.allLogits(reference.prompt).suffix(3).joined()), expected) > 0.1)
    }
  }
}

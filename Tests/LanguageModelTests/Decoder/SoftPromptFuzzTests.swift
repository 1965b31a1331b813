import Testing

@testable import LanguageModel

/// A damaged or hostile soft prompt is refused with a `DecoderError` or a `GGUFError`, or runs; it never crashes.
@Suite struct SoftPromptFuzzTests {
  private let model: DecoderModel
  private let runner: DecoderRunner
  private let whole: [UInt8]
  /// Bytes before the vectors' data.
  private let headerLength: Int

  init() throws {
    model = try DecoderModel(path: DecoderFixture.path("llama-F32"))
    runner = try DecoderRunner(testing: model, batchLimit: 8)
    var file = WrittenFile()
    file.metadata["general.type"] = .string("soft-prompt")
    file.metadata["general.architecture"] = .string("llama")
    var random = RandomSource(seed: 3)
    let width = model.configuration.width
    file.tensors = [("prompt.embeddings", .f32, [width, 3], (0..<3 * width).map { _ in Float.random(in: -1...1, using: &random) })]
    whole = try file.bytes()
    headerLength = whole.count - 3 * width * 4
  }

  /// Loads the bytes and, if they load, writes with them.
  /// - Returns: the vectors that were loaded, nil if the file was refused.
  @discardableResult private func survives(_ bytes: [UInt8]) -> Int? {
    do {
      let soft = DecoderAttachments(softPrompt: try SoftPrompt(GGUFFile(bytes: bytes, name: "damaged"), for: model))
      // A count that is hostile and still accepted would be longer than a batch.
      let tokens = Array(soft.tokens(before: [1, 2]).suffix(8))
      let logits = try runner.allLogits(tokens, with: soft)
      #expect(logits.count == tokens.count)
      return soft.softPositions
    } catch {
      #expect(error is DecoderError || error is GGUFError, "\(error)")
      #expect(!"\(error)".isEmpty)
      return nil
    }
  }

  @Test func everyTruncationIsRefused() {
    #expect(survives(whole) == 3)
    for length in 0..<whole.count { #expect(survives(Array(whole[..<length])) == nil, "\(length)") }
  }

  @Test func randomDamageNeverCrashes() {
    var random = RandomSource(seed: 21)
    var loaded = 0
    for _ in 0..<4_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Half of the damage is in the header, which is a small part of the file.
        let limit = Bool.random(using: &random) ? headerLength : bytes.count
        bytes[Int.random(in: 0..<limit, using: &random)] = .random(in: 0...255, using: &random)
      }
      if survives(bytes) != nil { loaded += 1 }
    }
    // Neither all nor none, so that both ways are taken.
    #expect((100..<3_900).contains(loaded), "\(loaded)")
  }

  /// Every eight bytes of the header become each of the numbers that break careless arithmetic, and the vectors' numbers what is none.
  @Test func hostileNumbersNeverCrash() {
    let numbers: [UInt64] = [
      0, 1, .max, .max - 31, 1 << 63, (1 << 63) - 1, (1 << 63) - 32, 1 << 62, 1 << 61, 1 << 58, 1 << 32, (1 << 32) - 1, 1 << 31, 65_537,
      1 << 20,
    ]
    for start in 0..<headerLength {
      for number in numbers { survives(replacing(start, number)) }
    }
    for bits: UInt32 in [0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7F80_0001] {
      #expect(survives(replacing(headerLength + 40, UInt64(bits))) == nil)
    }
    // The largest numbers are no fault of the file: what the model makes of them is its own matter, but no crash.
    for start in stride(from: headerLength, to: whole.count - 4, by: 64) { survives(replacing(start, 0x7F7F_FFFF_FF7F_FFFF)) }
  }

  /// Counts of vectors that the file does not hold, that no context takes, or whose product overflows.
  @Test func hostileCountsAreRefused() throws {
    let width = UInt64(model.configuration.width)
    let dimension = try #require((0..<headerLength - 16).first { number(at: $0) == width && number(at: $0 + 8) == 3 })
    for count: UInt64 in [0, 4, 2047, 2048, 1 << 20, 1 << 31, 1 << 32, 1 << 56, 1 << 58, 1 << 62, 1 << 63, .max] {
      #expect(survives(replacing(dimension + 8, count)) == nil, "\(count)")
    }
    for count: UInt64 in [0, 1, width - 1, width + 1, 1 << 62, .max] { #expect(survives(replacing(dimension, count)) == nil, "\(count)") }
    // Fewer than there are is a good file.
    #expect(survives(replacing(dimension + 8, 2)) == 2)
  }

  private func number(at start: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(whole[start + $1]) << (8 * UInt64($1)) } }

  private func replacing(_ start: Int, _ number: UInt64) -> [UInt8] {
    var bytes = whole
    for i in 0..<8 where start + i < bytes.count { bytes[start + i] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(i))) }
    return bytes
  }
}

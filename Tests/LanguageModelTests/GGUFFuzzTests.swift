import Testing

@testable import LanguageModel

/// A damaged or hostile file is refused with a `GGUFError`, or is still a good file; it never crashes the reader.
@Suite struct GGUFFuzzTests {
  /// Opens the bytes and, if they open, reads everything that they hold.
  @discardableResult private func survives(_ bytes: [UInt8]) -> GGUFError? {
    do throws(GGUFError) {
      let file = try GGUFFile(bytes: bytes, name: "fuzz")
      var sum = 0
      for key in file.metadata.keys {
        let metadata = file.metadata
        sum += (try? metadata.strings(key).count) ?? 0
        sum += (try? metadata.integers(key).count) ?? 0
        sum += (try? metadata.floats(key).count) ?? 0
      }
      for tensor in file.orderedTensors { sum += file.withBytes(of: tensor) { $0.reduce(0) { $0 + Int($1) } } }
      #expect(sum >= 0)
      return nil
    } catch {
      #expect(!error.description.isEmpty)
      return error
    }
  }

  @Test func everyTruncationIsRefused() {
    let bytes = SmallGGUF.bytes
    // The padding behind the last tensor (10 bytes of a block of 32) may be cut.
    let needed = bytes.count - 22
    for length in 0..<bytes.count { #expect((survives(Array(bytes[..<length])) == nil) == (length >= needed), "\(length)") }
  }

  @Test func randomDamageNeverCrashes() {
    var random = SplitMix(7)
    for _ in 0..<20_000 {
      var bytes = SmallGGUF.bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      survives(bytes)
    }
  }

  /// Every eight bytes become each of the numbers that break careless arithmetic.
  @Test func hostileNumbersNeverCrash() {
    let numbers: [UInt64] = [
      0, 1, .max, .max - 31, 1 << 63, (1 << 63) - 1, (1 << 63) - 32, 1 << 62, 1 << 61, 1 << 32, (1 << 32) - 1, 1 << 31, 65_537, 1 << 20,
    ]
    for start in 0..<SmallGGUF.bytes.count - 8 {
      for number in numbers {
        var bytes = SmallGGUF.bytes
        for i in 0..<8 { bytes[start + i] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(i))) }
        survives(bytes)
      }
    }
  }

  @Test func randomBytesAreRefused() {
    var random = SplitMix(11)
    for _ in 0..<5_000 {
      let header = Array("GGUF".utf8) + [3, 0, 0, 0]
      let bytes = header + (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      survives(bytes)
    }
  }

  /// A header by hand: counts, then `rest`.
  private func header(tensors: UInt64 = 0, keys: UInt64 = 0, _ rest: (inout [UInt8]) -> Void = { _ in }) -> [UInt8] {
    var bytes = Array("GGUF".utf8)
    bytes.appendInteger(UInt32(3))
    bytes.appendInteger(tensors)
    bytes.appendInteger(keys)
    rest(&bytes)
    return bytes
  }

  private func tensor(_ bytes: inout [UInt8], _ name: String, _ shape: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) {
    bytes.appendString(name)
    bytes.appendInteger(UInt32(shape.count))
    for size in shape { bytes.appendInteger(size) }
    bytes.appendInteger(type)
    bytes.appendInteger(offset)
  }

  @Test func eachFaultIsNamed() {
    func problem(_ bytes: [UInt8]) -> String { survives(bytes)?.description ?? "accepted" }
    #expect(problem(header()) == "accepted")
    #expect(problem(header(tensors: .max)).contains("the tensor count: is 18446744073709551615"))
    #expect(problem(header(keys: 1 << 40)).contains("the metadata count"))
    #expect(problem(Array("GGML".utf8)).contains("does not begin with GGUF"))
    #expect(problem(Array("GGUF".utf8) + [1, 0, 0, 0]).contains("version 1"))
    #expect(problem(Array("GGUF".utf8) + [0, 0, 0, 3]).contains("big-endian"))
    let twice = header(keys: 2) {
      for _ in 0..<2 {
        $0.appendString("k")
        $0.appendInteger(GGUFValueType.bool.rawValue)
        $0.append(1)
      }
    }
    #expect(problem(twice).contains("metadata key k: stands twice"))
    let nested = header(keys: 1) {
      $0.appendString("k")
      $0.appendInteger(GGUFValueType.array.rawValue)
      for _ in 0..<100 {
        $0.appendInteger(GGUFValueType.array.rawValue)
        $0.appendInteger(UInt64(1))
      }
    }
    #expect(problem(nested).contains("too deep"))
    let aligned = header(keys: 1) {
      $0.appendString("general.alignment")
      $0.appendInteger(GGUFValueType.uint32.rawValue)
      $0.appendInteger(UInt32(0))
    }
    #expect(problem(aligned).contains("general.alignment"))
    let data = [UInt8](repeating: 0, count: 256)
    #expect(problem(header(tensors: 1) { tensor(&$0, "a", [8]) } + data) == "accepted")
    #expect(problem(header(tensors: 1) { tensor(&$0, "a", [8], offset: 7) } + data).contains("no multiple of the alignment"))
    #expect(problem(header(tensors: 1) { tensor(&$0, "a", [8], offset: .max - 31) } + data).contains("the file ends inside"))
    #expect(problem(header(tensors: 1) { tensor(&$0, "a", [1 << 32, 1 << 32]) } + data).contains("too large"))
    #expect(problem(header(tensors: 1) { tensor(&$0, "a", [0]) } + data).contains("a dimension of 0"))
    #expect(problem(header(tensors: 1) { tensor(&$0, "a", [8], type: 13) } + data).contains("Q5_K"))
    #expect(problem(header(tensors: 1) { tensor(&$0, "a", [33], type: 8) } + data).contains("whole number of Q8_0 blocks"))
    #expect(
      problem(
        header(tensors: 2) {
          tensor(&$0, "a", [8])
          tensor(&$0, "a", [8], offset: 32)
        } + data
      ).contains("tensor a: stands twice"))
    #expect(
      problem(
        header(tensors: 2) {
          tensor(&$0, "a", [16])
          tensor(&$0, "b", [8], offset: 32)
        } + data
      ).contains("overlaps that of a"))
  }
}

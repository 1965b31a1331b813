import Foundation
import Testing

@testable import LanguageModel

@Suite struct WeightStoreTests {
  private func folder() -> String { NSTemporaryDirectory() + "weights-\(UUID().uuidString)" }

  @Test func theSecondStartMapsWhatTheFirstPacked() throws {
    let folder = folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["llama-Q8_0", "qwen2-Q4_0", "llama-wide-Q4_K_M"] {
      let first = try DecoderModel(path: DecoderFixture.path(name), cacheFolder: folder)
      #expect(!first.loadedFromCache && first.cacheProblem == nil)
      let second = try DecoderModel(path: DecoderFixture.path(name), cacheFolder: folder)
      #expect(second.loadedFromCache)
      let bytes = first.weights.packedBytes
      #expect(memcmp(first.store.base, second.store.base, bytes) == 0)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 3)
  }

  @Test func anotherFileIsPackedAnew() throws {
    let folder = folder()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/model.gguf"
    try FileManager.default.copyItem(atPath: DecoderFixture.path("llama-Q8_0"), toPath: path)
    _ = try DecoderModel(path: path, cacheFolder: folder + "/cache")
    // The same size and header at another time.
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
    #expect(try !DecoderModel(path: path, cacheFolder: folder + "/cache").loadedFromCache)
    // A cache file that was cut off.
    let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/cache")
    #expect(files.count == 2)
    for file in files { truncate(folder + "/cache/" + file, 5000) }
    #expect(try !DecoderModel(path: path, cacheFolder: folder + "/cache").loadedFromCache)
    #expect(try DecoderModel(path: path, cacheFolder: folder + "/cache").loadedFromCache)
  }

  @Test func onlyTheFilesUsedLastAreKept() throws {
    let folder = folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let names = ["llama-Q8_0", "llama-Q4_0", "llama-F32", "qwen2-Q8_0", "qwen2-Q4_0"]
    func open(_ name: String) throws -> Bool { try DecoderModel(path: DecoderFixture.path(name), cacheFolder: folder).loadedFromCache }
    for name in names.prefix(4) { #expect(try !open(name)) }
    // Files of another kind are not ours to remove.
    _ = FileManager.default.createFile(atPath: folder + "/notes.txt", contents: Data())
    #expect(try open(names[0]))
    #expect(try !open(names[4]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 5)
    #expect(try open(names[0]) && !open(names[1]))
  }

  @Test func aFolderThatCannotBeWrittenIsNoObstacle() throws {
    let model = try DecoderModel(path: DecoderFixture.path("llama-Q8_0"), cacheFolder: "/proc/nowhere")
    #expect(model.cacheProblem != nil)
    #expect(!model.loadedFromCache)
  }
}

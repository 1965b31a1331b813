import Foundation
import LanguageModel
import Testing
import Training

/// The files that training writes, read by llama.cpp itself where `make peers` has built it.
@Suite struct LivePeerTests {
  static let program = PackTexts.root.appendingPathComponent(".build-peers/bin/peer-tokenize")

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: program.path)), arguments: PreTokenizer.allCases)
  func llamaCppReadsTheSameTokens(_ preTokenizer: PreTokenizer) throws {
    var trainer = try BytePairTrainer(
      BytePairOptions(vocabularySize: 4000, preTokenizer: preTokenizer, userDefinedTokens: ["<a_0>", "<a_1>"]))
    for line in PackTexts.all { trainer.add(line) }
    let learned = try trainer.train()
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("llama")
    learned.write(to: &metadata)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("osusume-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (model, input) = (folder.appendingPathComponent("vocabulary.gguf"), folder.appendingPathComponent("texts"))
    try GGUFWriter(path: model.path, metadata: metadata, tensors: []).finish()
    let texts = PackTexts.all + ["<|im_start|>user\nhi <a_1><a_0><|im_end|>\n", "<|endoftext|>渋谷 <a_", "  \n\t 😀 naïve １２３ 123"]
    try Data(texts.joined(separator: "\0").utf8 + [0]).write(to: input)

    let process = Process()
    let pipe = Pipe()
    (process.executableURL, process.arguments) = (Self.program, [model.path, "special"])
    (process.standardInput, process.standardOutput) = (try FileHandle(forReadingFrom: input), pipe)
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let peer = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      $0.split(separator: " ").map { Int32($0)! }
    }
    #expect(peer.count == texts.count)
    let tokenizer = try learned.tokenizer()
    for (text, ids) in zip(texts, peer) { #expect(tokenizer.encode(text, special: true) == ids, "\(text.debugDescription)") }
  }
}

import Foundation
import LanguageModel
import Testing

@testable import Training

@Suite struct LearnedVocabularyTests {
  private static let learned: LearnedVocabulary = {
    var trainer = try! BytePairTrainer(BytePairOptions(vocabularySize: 2000, userDefinedTokens: ["<a_0>", "<a_1>"]))
    for line in PackTexts.lines(every: 10) { trainer.add(line) }
    return try! trainer.train()
  }()

  /// The tokenizer that a reader makes of the file.
  private func read(_ learned: LearnedVocabulary) throws -> (GGUFMetadata, any TextTokenizer) {
    var metadata = GGUFMetadata()
    metadata["general.architecture"] = .string("llama")
    learned.write(to: &metadata)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("osusume-\(UUID().uuidString).gguf").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try GGUFWriter(path: path, metadata: metadata, tensors: []).finish()
    let file = try GGUFFile(path: path)
    return (file.metadata, try Tokenizers.make(file.metadata))
  }

  @Test func aFileGivesTheSameTokens() throws {
    let (metadata, tokenizer) = try read(Self.learned)
    let own = try Self.learned.tokenizer()
    #expect(try ChatTemplate(metadata: metadata) == .chatML)
    for line in PackTexts.lines(every: 97) {
      #expect(tokenizer.encode(line, special: true) == own.encode(line, special: true))
    }
    let id = { tokenizer.specialToken($0) }
    #expect(tokenizer.bos == id("<|endoftext|>") && tokenizer.eos == id("<|endoftext|>"))
    #expect(tokenizer.endOfTurn == id("<|im_end|>") && id("<|im_end|>") != nil)
    #expect(!tokenizer.addsBOS && !tokenizer.addsEOS)
    #expect(tokenizer.endOfGeneration == Set([id("<|endoftext|>"), id("<|im_end|>")].compactMap(\.self)))
    let turn = try ChatTemplate.chatML.encode([ChatMessage(.user, "<|im_end|> 渋谷")], with: tokenizer)
    #expect(turn.filter { $0 == id("<|im_end|>") }.count == 1)
    #expect(turn.first == id("<|im_start|>"))
  }

  @Test(arguments: PreTokenizer.allCases) func anyTextComesBack(_ preTokenizer: PreTokenizer) throws {
    var trainer = try BytePairTrainer(BytePairOptions(vocabularySize: 700, preTokenizer: preTokenizer))
    for line in PackTexts.lines(every: 40) { trainer.add(line) }
    let (_, tokenizer) = try read(trainer.train())
    var random = RandomSource(seed: 5)
    let telling = Array(" \n\r\t'sStTrRe019.!aé<|>_京がヴ々ー、。？\u{3000}\u{A0}\u{300}\u{200D}１½😀".unicodeScalars)
    for _ in 0..<1500 {
      var scalars = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...60, using: &random) {
        let scalar = Bool.random(using: &random) ? nil : Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
        scalars.append(scalar ?? telling.randomElement(using: &random)!)
      }
      let text = String(scalars)
      #expect(tokenizer.decode(tokenizer.encode(text, special: false)).utf8.elementsEqual(text.utf8), "\(text.debugDescription)")
    }
  }

  @Test func unseenTextTakesFewTokens() throws {
    let tokenizer = try Self.learned.tokenizer()
    let unseen = PackTexts.all.indices.filter { $0 % 10 == 5 }.map { PackTexts.all[$0] }
    let bytes = unseen.reduce(0) { $0 + $1.utf8.count }
    let tokens = unseen.reduce(0) { $0 + tokenizer.encode($1, special: false).count }
    #expect(Double(bytes) / Double(tokens) > 2.8)
  }
}

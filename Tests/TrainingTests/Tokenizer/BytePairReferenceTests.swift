import Foundation
import LanguageModel
import Testing
import Training

/// Against vocabularies that a naive loop in Python learned, and llama.cpp's tokens under them: Scripts/make-tokenizer-training-fixtures.py.
@Suite struct BytePairReferenceTests {
  static let cases: [BytePairOptions] = [
    options(1600, .qwen2, minimum: 2, longest: 24, whole: true), options(1400, .llama3, minimum: 3, longest: 60, whole: false),
    options(1000, .gpt2, minimum: 2, longest: 12, whole: true),
  ]

  private static func options(_ size: Int, _ pre: PreTokenizer, minimum: Int, longest: Int, whole: Bool) -> BytePairOptions {
    BytePairOptions(
      vocabularySize: size, preTokenizer: pre, minimumFrequency: minimum, longestToken: longest, keepsCharactersWhole: whole,
      userDefinedTokens: ["<a_0>", "<a_1>"])
  }

  private static func url(_ name: String) -> URL {
    Bundle.module.url(forResource: "tokenizer", withExtension: nil, subdirectory: "Fixtures")!.appendingPathComponent(name)
  }

  private static func lines(_ name: String) throws -> [Substring] {
    String(decoding: try Data(contentsOf: url(name)), as: UTF8.self).split(separator: "\n")
  }

  private static func learn(_ options: BytePairOptions) throws -> LearnedVocabulary {
    var trainer = try BytePairTrainer(options)
    for line in try lines("corpus.txt") { trainer.add(String(line)) }
    return try trainer.train()
  }

  @Test(arguments: cases) func sameVocabulary(_ options: BytePairOptions) throws {
    let reference = try GGUFFile(path: Self.url(options.preTokenizer.name + ".gguf").path).metadata
    let learned = try Self.learn(options)
    #expect(learned.merges.count == options.vocabularySize - 261)
    var metadata = GGUFMetadata()
    learned.write(to: &metadata)
    for key in ["tokens", "merges"] {
      #expect(try metadata.strings("tokenizer.ggml.\(key)") == reference.strings("tokenizer.ggml.\(key)"))
    }
    #expect(try metadata.integers("tokenizer.ggml.token_type") == reference.integers("tokenizer.ggml.token_type"))
    for key in ["model", "pre"] { #expect(try metadata.string("tokenizer.ggml.\(key)") == reference.string("tokenizer.ggml.\(key)")) }
    for key in ["bos", "eos", "padding", "eot"] {
      #expect(try metadata.integer("tokenizer.ggml.\(key)_token_id") == reference.integer("tokenizer.ggml.\(key)_token_id"))
    }
    for key in ["add_bos_token", "add_eos_token"] {
      #expect(try metadata.bool("tokenizer.ggml.\(key)") == reference.bool("tokenizer.ggml.\(key)"))
    }
  }

  @Test(arguments: cases) func sameTokensAsThePeer(_ options: BytePairOptions) throws {
    let tokenizer = try Self.learn(options).tokenizer()
    let decoder = JSONDecoder()
    let texts = try Self.lines("texts.jsonl").map { try decoder.decode(String.self, from: Data($0.utf8)) }
    let expected = try Self.lines(options.preTokenizer.name + ".ids.jsonl").map { try decoder.decode([Int32].self, from: Data($0.utf8)) }
    #expect(texts.count == 504)
    #expect(expected.count == texts.count)
    for (text, ids) in zip(texts, expected) {
      #expect(tokenizer.encode(text, special: true) == ids, "\(text.debugDescription)")
    }
  }
}

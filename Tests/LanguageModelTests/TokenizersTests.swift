import Testing

@testable import LanguageModel

@Suite struct TokenizersTests {
  private func metadata(_ change: (inout GGUFMetadata) -> Void = { _ in }) -> GGUFMetadata {
    var metadata = GGUFMetadata(file: "m.gguf")
    metadata["tokenizer.ggml.model"] = .string("gpt2")
    metadata["tokenizer.ggml.pre"] = .string("qwen2")
    metadata["tokenizer.ggml.tokens"] = .array(GGUFArray(["a", "b", "ab", "<|im_end|>"]))
    metadata["tokenizer.ggml.token_type"] = .array(GGUFArray([1, 1, 1, 3] as [Int32]))
    metadata["tokenizer.ggml.merges"] = .array(GGUFArray(["a b"]))
    metadata["tokenizer.ggml.scores"] = .array(GGUFArray([0, 0, 0, 0] as [Float]))
    change(&metadata)
    return metadata
  }

  private func refusal(_ change: (inout GGUFMetadata) -> Void) -> TokenizerError? {
    do throws(TokenizerError) {
      _ = try Tokenizers.make(metadata(change))
      return nil
    } catch {
      #expect(error.description.contains("m.gguf"))
      return error
    }
  }

  @Test func everyKindIsMade() throws {
    #expect(PeerVocabulary.llamaBPE.tokenizer is BytePairTokenizer)
    #expect(PeerVocabulary.llamaSPM.tokenizer is SentencePieceTokenizer)
    #expect(PeerVocabulary.bertBGE.tokenizer is WordPieceTokenizer)
    let tokenizer = try Tokenizers.make(metadata())
    #expect(tokenizer.encodeSequence("abb") == [2, 1])
    #expect(tokenizer.vocabularySize == 4)
    #expect(tokenizer.endOfTurn == 3)
    #expect(tokenizer.bos == nil)
  }

  @Test func whatIsNotSupportedIsRefusedWithTheMend() {
    let model = refusal { $0["tokenizer.ggml.model"] = .string("t5") }
    #expect(model == .unsupportedModel(file: "m.gguf", name: "t5"))
    #expect(model?.description.contains("gpt2, llama, bert") == true)
    let pre = refusal { $0["tokenizer.ggml.pre"] = .string("tekken") }
    #expect(pre == .unsupportedPreTokenizer(file: "m.gguf", name: "tekken"))
    #expect(pre?.description.contains("gpt-2, llama-bpe, qwen2") == true)
    #expect(refusal { $0["tokenizer.ggml.pre"] = nil } == .unsupportedPreTokenizer(file: "m.gguf", name: nil))
  }

  @Test func whatDoesNotFitTogetherIsRefused() {
    for key in ["model", "tokens", "merges"] {
      let missing = TokenizerError.metadata(.missing(file: "m.gguf", field: "metadata key tokenizer.ggml.\(key)"))
      #expect(refusal { $0["tokenizer.ggml.\(key)"] = nil } == missing)
    }
    #expect(refusal { $0["tokenizer.ggml.tokens"] = .array(GGUFArray([String]())) } != nil)
    #expect(refusal { $0["tokenizer.ggml.tokens"] = .array(GGUFArray([1] as [Int32])) } != nil)
    #expect(
      refusal { $0["tokenizer.ggml.token_type"] = .array(GGUFArray([1] as [Int32])) }
        == .countsDiffer(file: "m.gguf", field: "tokenizer.ggml.token_type", found: 1, expected: 4))
    #expect(
      refusal { $0["tokenizer.ggml.token_type"] = .array(GGUFArray([1, 1, 1, 99] as [Int32])) }
        == .unknownTokenType(file: "m.gguf", token: 3, type: 99))
    #expect(
      refusal {
        $0["tokenizer.ggml.model"] = .string("llama")
        $0["tokenizer.ggml.scores"] = .array(GGUFArray([0] as [Float]))
      } == .countsDiffer(file: "m.gguf", field: "tokenizer.ggml.scores", found: 1, expected: 4))
    #expect(refusal { $0["tokenizer.ggml.model"] = .string("bert") } == .missingToken(file: "m.gguf", token: "[UNK]"))
    #expect(refusal { $0["tokenizer.ggml.add_bos_token"] = .string("yes") } != nil)
  }

  @Test(arguments: ["bos", "eos", "eot", "unknown"]) func idsOutsideTheVocabularyAreRefused(_ name: String) {
    let key = "tokenizer.ggml.\(name)_token_id"
    for (value, id) in [(GGUFValue.int32(-1), -1), (.uint32(4), 4), (.uint32(.max), Int(UInt32.max)), (.int64(1 << 40), 1 << 40)] {
      #expect(refusal { $0[key] = value } == .idOutOfRange(file: "m.gguf", field: key, id: id, count: 4))
    }
    #expect(refusal { $0[key] = .uint32(3) } == nil)
  }

  @Test func theClassesThemselvesCheckTheirArrays() {
    #expect(throws: TokenizerError.emptyVocabulary(file: "tokenizer")) {
      try BytePairTokenizer(tokens: [], merges: [], preTokenizer: .gpt2)
    }
    #expect(throws: TokenizerError.idOutOfRange(file: "tokenizer", field: "tokenizer.ggml.bos_token_id", id: 9, count: 1)) {
      try BytePairTokenizer(tokens: ["a"], merges: [], preTokenizer: .gpt2, special: SpecialTokenIDs(bos: 9))
    }
    #expect(throws: TokenizerError.countsDiffer(file: "tokenizer", field: "tokenizer.ggml.scores", found: 0, expected: 1)) {
      try SentencePieceTokenizer(tokens: ["a"], scores: [])
    }
  }
}

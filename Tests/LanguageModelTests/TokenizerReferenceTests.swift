import LanguageModel
import Testing

@Suite struct TokenizerReferenceTests {
  @Test(arguments: PeerVocabulary.allCases) func peersOwnTextsTokenForToken(_ name: PeerVocabulary) {
    let expected = name.peerIDs
    #expect(PeerVocabulary.peerTexts.count == expected.count)
    #expect(expected.count > 40)
    for (text, ids) in zip(PeerVocabulary.peerTexts, expected) {
      #expect(name.tokenizer.encode(text, special: false) == ids, "\(text.debugDescription)")
    }
  }

  @Test(arguments: PeerVocabulary.allCases) func thousandMixedTextsTokenForToken(_ name: PeerVocabulary) {
    let expected = name.mixedIDs
    #expect(PeerVocabulary.mixedTexts.count == 1000)
    #expect(expected.count == 1000)
    for (text, ids) in zip(PeerVocabulary.mixedTexts, expected) {
      #expect(name.tokenizer.encode(text, special: false) == ids, "\(text.debugDescription)")
    }
  }

  @Test(arguments: [PeerVocabulary.llamaBPE, .qwen2, .gpt2, .llamaSPM]) func textsComeBack(_ name: PeerVocabulary) {
    for text in PeerVocabulary.mixedTexts + PeerVocabulary.peerTexts {
      // SentencePiece's vocabularies have one sign for a space and for ▁ itself.
      let text = name == .llamaSPM ? text.withSpaces : text
      #expect(Array(name.tokenizer.decode(name.tokenizer.encode(text, special: false)).utf8) == Array(text.utf8))
    }
  }
}

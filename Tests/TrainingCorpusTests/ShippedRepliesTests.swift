import Instructions
import Knowledge
import LanguageModel
import Testing

@testable import TrainingCorpus

/// The reply examples that people wrote for the shipped packs, filled.
@Suite struct ShippedRepliesTests {
  /// What a filled reply says of numbers and names stands in its prompt; nothing is left unfilled.
  @Test(arguments: Shipped.ids) func filledRepliesStateWhatThePromptShows(_ id: String) throws {
    let pack = try Shipped.pack(id)
    let filler = ReplyExampleFiller(pack: pack, seed: 21)
    var empty = 0
    for (index, example) in pack.replies.enumerated() {
      for variant in 0..<2 {
        guard let filled = filler.fill(index, variant: variant) else {
          empty += 1
          continue
        }
        let page = filled.subjects.map { subject in
          ([subject.name] + subject.facts.map { "\($0.key): \($0.text)" }).joined(separator: "\n")
        }.joined(separator: "\n")
        #expect(!filled.reply.contains { "{}".contains($0) } && !filled.user.contains { "{}".contains($0) })
        // "I Was Born, But..." ends as it does.
        let bare = filled.subjects.reduce(filled.reply) { $0.replacing($1.name, with: "") }
        #expect(!bare.contains("..") && !filled.reply.contains("。。") && !filled.reply.contains("  "), "\(filled.reply)")
        let shown = Set(page.matches(of: /[0-9]+/).map { String($0.output) })
        for number in filled.reply.matches(of: /[0-9]+/) { #expect(shown.contains(String(number.output)), "\(filled.reply)") }
        // Every label that fills a placeholder is shown, whatever stands around it.
        for placeholder in example.reply.placeholders {
          guard case .slot(let slot, _) = placeholder.content else { continue }
          #expect(filled.subjects[placeholder.item].facts.contains { $0.key == slot }, "\(filled.reply)")
        }
        // So is what the example asks of its items, as its words may say it.
        for (place, conditions) in example.items.enumerated() {
          for condition in conditions {
            let fact = filled.subjects[place].facts.first { $0.key == condition.slot }
            guard case .value(let value) = condition.value else {
              #expect(fact != nil)
              continue
            }
            let label = pack.valueLabel(value, slot: condition.slot, language: example.language)
            #expect(fact?.text.contains(label) == true, "\(condition) \(filled.subjects[place])")
          }
        }
      }
    }
    #expect(empty <= pack.replies.count / 50, "\(empty)")
  }

  /// The items of a catalogue are all spoken of.
  @Test(arguments: Shipped.ids) func everyItemIsSpokenOf(_ id: String) throws {
    let pack = try Shipped.pack(id)
    guard pack.replies.count > 500 else { return }
    let filler = ReplyExampleFiller(pack: pack, seed: 21)
    var items = Set<String>()
    for index in pack.replies.indices { for variant in 0..<8 { items.formUnion(filler.fill(index, variant: variant)?.items ?? []) } }
    #expect(items.count > pack.items.count * 98 / 100, "\(items.count)")
  }
}

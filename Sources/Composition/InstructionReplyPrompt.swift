import Frames
import Instructions
import Knowledge
import LanguageModel
import Replies

/// How a model of Osusume's own is asked for a reply: in the form in which it learned to write them, with a few facts of each item.
struct InstructionReplyPrompt: ReplyPrompting {
  /// Slots of an item that are shown at most; what was asked for comes first.
  private static let mostSlots = 6
  private static let mostSentences = 2

  let pack: Pack
  private let prompt: InstructionPrompt

  init(pack: Pack) {
    self.pack = pack
    prompt = InstructionPrompt(line: FrameLine(pack: pack))
  }

  func messages(_ material: ReplyMaterial, transcript: [ChatMessage]) -> [ChatMessage] {
    let brief = material.brief
    let sheet = FactSheet(pack: pack, language: material.language)
    let slots = slots(brief)
    let subjects = material.dossiers.compactMap { dossier in
      pack.item(dossier.id).map { sheet.subject($0, slots: slots, sentences: Self.mostSentences) }
    }
    return prompt.reply(brief.text, language: material.language, goal: brief.frame.goal, subjects: subjects)
  }

  /// What was asked for, what each item is, and others in turn, so that replies do not all tell the same.
  private func slots(_ brief: ReplyBrief) -> Set<String> {
    let names = pack.manifest.slots.map(\.name)
    var chosen = brief.frame.constraints.map(\.slot) + ["kind"]
    let start = brief.seed % max(1, names.count)
    chosen += names[start...] + names[..<start]
    var slots = Set<String>()
    for name in chosen where slots.count < Self.mostSlots { slots.insert(name) }
    return slots
  }
}

import Frames
import Knowledge
import LanguageModel
import Replies

/// How a chat model that knows nothing of Osusume is asked for a reply: with the pack's instructions, which are the same for all
/// conversations and computed once, the conversation so far, and the newest turn with the facts that may be stated.
struct ChatReplyPrompt: ReplyPrompting {
  let pack: Pack

  func messages(_ material: ReplyMaterial, transcript: [ChatMessage]) -> [ChatMessage] {
    [ChatMessage(.system, instructions(material.language))] + transcript + [ChatMessage(.user, turn(material))]
  }

  private func instructions(_ language: String) -> String {
    let name = pack.manifest.name[language] ?? pack.manifest.id
    let about = pack.manifest.description[language] ?? ""
    if language == "ja" {
      return """
        あなたは「\(name)」の案内役のプログラムです。\(about)
        「事実」に書かれていることだけを使い、日本語で二〜四文で答えてください。事実にない名前・数字・特徴は書かないこと。名前は事実のとおりに書くこと。\
        箇条書きや見出しは使わないこと。自分が行ったことや見たことがあるとは言わないこと。
        """
    }
    return """
      You are a program that gives advice on: \(name). \(about)
      Answer in English, in two to four sentences, and use only what stands under "Facts". State no name, number or property that is not \
      there, and write names as they are written there. No lists, no headings. Never say that you have been or seen anything yourself.
      """
  }

  private func turn(_ material: ReplyMaterial) -> String {
    let brief = material.brief
    let japanese = material.language == "ja"
    var facts = material.dossiers.map { "- \($0.text)" }
    // For a question, the answer that was looked up is the first of the facts.
    if brief.items.isEmpty || material.dossiers.isEmpty { facts.insert("- \(material.draft.text)", at: 0) }
    var lines = [brief.text, ""]
    if !brief.items.isEmpty, !brief.changed.isEmpty {
      lines.append((japanese ? "希望：" : "Wanted: ") + brief.changed.joined(separator: japanese ? "、" : ", "))
    }
    lines.append(japanese ? "事実：" : "Facts:")
    return (lines + facts).joined(separator: "\n")
  }
}

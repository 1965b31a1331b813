import Frames

/// Sorts what needs no pack: greetings, thanks, questions about the program, and questions about its own life.
enum SmallTalk {
  static func social(_ text: String, act: Act, language: String) -> SocialKind {
    let folded = text.lowercased()
    func has(_ english: [String], _ japanese: [String]) -> Bool {
      (language == "ja" ? japanese : english).contains { folded.contains($0) }
    }
    if act == .goodbye || has(["bye", "see you", "good night", "take care"], ["さようなら", "バイバイ", "またね", "おやすみ", "では、また", "それじゃ"]) {
      return .goodbye
    }
    if act == .thanks || has(["thank", "thanks", "cheers", "appreciate"], ["ありがと", "サンキュ", "助かっ", "どうもね", "おおきに", "感謝"]) {
      return .thanks
    }
    if has(
      ["how are you", "been well", "how's it going", "how you doing", "how've you been", "how is it going", "what's up", "are you ok"],
      ["元気", "調子はどう", "調子どう", "お疲れ"])
    {
      return .howAreYou
    }
    if act == .greeting
      || has(["hello", "hi ", "good morning", "good evening", "hey"], ["こんにちは", "おはよう", "こんばんは", "はじめまして", "やあ", "もしもし"])
    {
      return .greeting
    }
    if has(
      ["you're great", "love you", "you're good", "well done", "clever", "smart", "you're the best", "brilliant"],
      ["すごい", "賢い", "えらい", "頼りになる", "さすが", "いいね", "大好き"])
    {
      return .praise
    }
    return .smallTalk
  }

  static func meta(_ text: String, language: String) -> MetaKind {
    let folded = text.lowercased()
    func has(_ english: [String], _ japanese: [String]) -> Bool {
      (language == "ja" ? japanese : english).contains { folded.contains($0) }
    }
    if has(["forget", "delete", "erase", "wipe", "remove my", "clear my"], ["忘れて", "消して", "削除", "消去", "消せ"]) { return .forget }
    if has(["history", "earlier", "last time", "previous", "what did i", "what have i"], ["履歴", "前に話", "前回", "さっき何", "今まで"]) {
      return .history
    }
    if has(
      ["start over", "start again", "reset", "new conversation", "from scratch", "begin again"], ["最初から", "やり直", "リセット", "はじめから", "新しい会話"])
    {
      return .restart
    }
    if has(["japanese", "english", "language", "speak"], ["英語", "日本語", "言語", "何語"]) { return .language }
    if has(["pack", "films", "other topic"], ["パック", "分野", "ほかの話題"]) { return .pack }
    if has(
      ["who are you", "what are you", "your name", "are you a", "who made you", "are you human", "are you real"],
      ["あなたは誰", "何者", "名前は", "人間", "ai", "誰が作った"])
    {
      return .about
    }
    return .help
  }

  /// Nil where the text asks nothing about the listener.
  static func ownQuestion(_ text: String, act: Act, language: String) -> OwnQuestion? {
    guard act == .question else { return nil }
    let folded = text.lowercased()
    if language == "ja" {
      if ["見たこと", "観たこと", "みたこと", "読んだこと", "聴いたこと"].contains(where: folded.contains) { return .seen }
      if ["食べたこと", "たべたこと", "飲んだこと", "のんだこと"].contains(where: folded.contains) { return .tasted }
      if ["行ったこと", "いったこと", "入ったこと", "行かれたこと", "泊まったこと"].contains(where: folded.contains) { return .been }
      if ["好きですか", "好き？", "好きなの", "すき？", "お好き"].contains(where: folded.contains) { return .like }
      if ["知ってる", "知っています", "ご存じ", "ご存知", "知ってますか", "詳しい"].contains(where: folded.contains) { return .know }
      return nil
    }
    let words = folded.split { !$0.isLetter && $0 != "'" }.map(String.init)
    guard let you = words.firstIndex(where: { ["you", "ya", "u"].contains($0) }), you <= 3 else { return nil }
    let head = words.prefix(you)
    if head.contains("have") || head.contains("ever") {
      if !Set(words).isDisjoint(with: ["seen", "watched", "read"]) { return .seen }
      if !Set(words).isDisjoint(with: ["eaten", "tasted", "tried", "drunk", "had"]) { return .tasted }
      return words.contains("heard") ? .know : .been
    }
    if head.contains("do") || head.contains("are") || head.contains("did") || head.contains("would") {
      if words.contains("like") || words.contains("love") || words.contains("enjoy") { return words.contains("would") ? nil : .like }
      if words.contains("know") || words.contains("heard") { return .know }
      if head.contains("did") { return words.contains("see") || words.contains("watch") ? .seen : .been }
      return head.contains("would") ? nil : .other
    }
    return nil
  }
}

import Frames

struct JapaneseWording: Wording {
  let space = ""
  let comma = "、"

  func sentence(_ clause: String) -> String {
    clause.isEmpty || "。！？".contains(clause.last ?? "。") ? clause : JapanesePoliteness.polite(clause) + "。"
  }

  func list(_ names: [String], or: Bool) -> String { names.joined(separator: or ? "か" : "と") }
  func quoted(_ name: String) -> String { "「\(name)」" }

  func lead(noun: String, topic: String?, seed: Int) -> String {
    guard let topic else { return ["こちらはいかがでしょう。", "思い当たるのはこのあたりです。", "おすすめはこちらです。"][seed % 3] }
    return ["\(topic)なら、こちらはいかがでしょう。", "\(topic)でしたら、このあたりがおすすめです。", "\(topic)で思い当たるのはこちらです。"][seed % 3]
  }

  func more(noun: String, seed: Int) -> String { ["ほかにはこちらがあります。", "では、こちらはどうでしょう。", "まだご紹介していないものです。"][seed % 3] }
  func refined(_ wishes: [String]) -> String {
    wishes.isEmpty ? "わかりました。では、こちらでどうでしょう。" : "わかりました。「\(wishes.joined(separator: "」「"))」で選び直しました。"
  }

  func ownExperience(_ question: OwnQuestion) -> String {
    switch question {
    case .been: "プログラムなので自分で行ったことはありませんが、詳しいですよ。"
    case .seen: "プログラムなので自分の目で観たことはありませんが、内容なら詳しいですよ。"
    case .tasted: "プログラムなので味わったことはありませんが、詳しいですよ。"
    case .like: "プログラムなので自分の好みはありませんが、評判のよいところなら知っています。"
    case .know: "手元の資料にあることなら知っています。"
    case .other: "プログラムなので自分のことはお答えできませんが、お手伝いはできます。"
    }
  }

  func relaxed(_ wishes: [String], noun: String) -> String {
    "すべての条件に合うものがほとんど残っていないため、「\(wishes.joined(separator: "」「"))」を外して探しました。"
  }
  func exhausted(noun: String) -> String { "この条件でご紹介できる\(noun)は以上です。条件を変えるか、/new で最初からどうぞ。" }

  func clarify(_ goals: [Goal], noun: String, topic: String?) -> String {
    switch (goals.first, goals.dropFirst().first) {
    case (.recommend, .inform), (.inform, .recommend), (.refine, .inform), (.inform, .refine):
      "おすすめをお探しですか。それとも\(topic.map { "\($0)について" } ?? "")お調べですか。"
    case (.feedback, _), (_, .feedback): "ご感想でしょうか。それとも何かお探しですか。"
    case (.plan, _), (_, .plan): "順路を組みましょうか。それとも\(noun)をいくつか挙げましょうか。"
    case (.outOfDomain, _), (_, .outOfDomain): "\(noun)をお探しということでしょうか。"
    default: "\(noun)をお探しですか。"
    }
  }

  func plan(noun: String, stops: Int) -> String { "次の順でいかがでしょう。" }
  func stop(_ index: Int) -> String { index == 0 ? "まず" : "次に" }
  func walk(metres: Int) -> String {
    metres < 1000 ? "約\(metres)m" : "約\((Double(metres) / 1000 * 10).rounded() / 10)km"
  }
  func total(minutes: Int, ways: Bool) -> String {
    let halves = Int((Double(minutes) / 30).rounded())
    let time = minutes < 90 ? "\(minutes)分" : "\(halves / 2)時間\(halves % 2 == 1 ? "半" : "")"
    return "\(ways ? "移動を除いて" : "")約\(time)です。"
  }
  func better(_ name: String, _ slot: String, _ value: String) -> String { "\(slot)で選ぶなら\(name)（\(value)）です。" }
  func compareNeedsTwo(noun: String) -> String { "どれとどれを比べましょうか。名前か番号で教えてください。" }
  func same(_ slot: String, _ value: String) -> String { "\(slot)はどちらも\(value)です。" }
  func sifted(_ wish: String, having names: [String], of count: Int, noun: String) -> String {
    switch names.count {
    case 0: "「\(wish)」に当てはまるものは、手元の情報ではこの中にありません。"
    case count: "どれも「\(wish)」に当てはまります。"
    default: "「\(wish)」に当てはまるのは、\(list(names, or: false))です。"
    }
  }

  func why(_ name: String) -> String { "\(name)を選んだ理由です。" }
  func nothingToExplain() -> String { "まだ何もおすすめしていません。まずはご希望をお聞かせください。" }
  func unknown(_ subject: String?) -> String {
    subject.map { "\($0)のその点は、手元の資料にないのでわかりません。" } ?? "手元の資料にないのでわかりません。"
  }
  func known(_ subject: String) -> String { "わかっているのは次のことです。" }
  func yes() -> String { "はい。" }
  func no() -> String { "いいえ。" }

  func feedback(_ sentiment: Sentiment, _ names: [String]) -> String {
    let what = names.joined(separator: "と")
    switch sentiment {
    case .positive: return names.isEmpty ? "それはよかったです。似たものを優先しますね。" : "\(what)を気に入っていただけて何よりです。次のおすすめに生かします。"
    case .negative: return names.isEmpty ? "それは残念でした。今後は避けますね。" : "\(what)は残念でしたね。今後は外しておきます。"
    case .known: return names.isEmpty ? "ご存じのものは外しますね。" : "\(what)はご存じなのですね。もう挙げないようにします。"
    case .chosen: return names.isEmpty ? "いいですね。楽しんできてください。" : "\(what)、いいですね。楽しんできてください。"
    }
  }

  func instead(noun: String) -> String { "代わりにこちらはいかがでしょう。" }

  func social(_ act: Act, _ kind: SocialKind, packName: String, noun: String, seed: Int) -> String {
    switch kind {
    case .greeting: ["こんにちは。今日はどんな気分ですか。", "こんにちは。ご希望でも、今の様子だけでも、お聞かせください。"][seed % 2]
    case .howAreYou: "おかげさまで元気に動いています。何かお探ししましょうか。"
    case .thanks: ["どういたしまして。", "お役に立てて何よりです。", "またいつでもどうぞ。"][seed % 3]
    case .goodbye: ["行ってらっしゃい。よい時間を。", "また話しかけてくださいね。"][seed % 2]
    case .praise: "ありがとうございます。次は何をお探ししましょう。"
    case .smallTalk: "\(packName)のことばかりのプログラムで雑談は短めですが、聞いていますよ。何かお探ししましょうか。"
    }
  }

  func meta(_ kind: MetaKind, packName: String, noun: String, description: String) -> String {
    switch kind {
    case .help: "ご希望を言っていただくか、「疲れた」「雨だ」「子どもと一緒」のように様子を話してくだされば、\(noun)をおすすめします。「もっと安く」「それ以外」で絞り込み、事実の質問、番号での比較、プラン作りもできます。コマンドは /help でどうぞ。"
    case .history: "会話はこの機械の中だけに残ります。/history でこの会話、`osusume history list` で全部の一覧が見られます。"
    case .forget: "/forget でこの会話をファイルからも完全に消します。すべて消すには `osusume history forget --all` をどうぞ。"
    case .restart: "/new で最初から始められます。このままご希望を言っていただいても大丈夫です。"
    case .language: "日本語と英語がわかります。書かれた言語でお返事します。"
    case .pack: "いまは「\(packName)」です。/pack でほかの分野が見られます。"
    case .about: "あなたの機械の中で動くプログラム、Osusume です。\(description)"
    }
  }

  func outOfDomain(packName: String, noun: String) -> String {
    "それは私の知識の外です。お手伝いできるのは「\(packName)」のことで、\(noun)をお探しなら気分やご希望を教えてください。"
  }
}

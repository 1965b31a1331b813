import Frames

struct EnglishWording: Wording {
  let space = " "
  let comma = ", "

  func sentence(_ clause: String) -> String {
    guard let first = clause.first else { return "" }
    let text = first.uppercased() + clause.dropFirst()
    return ".!?".contains(text.last ?? ".") ? text : text + "."
  }

  func list(_ names: [String], or: Bool) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + (or ? " or " : " and ") + last
  }

  func quoted(_ name: String) -> String { name }

  private func plural(_ noun: String) -> String { noun.hasSuffix("s") ? noun : noun + "s" }

  func lead(noun: String, topic: String?, seed: Int) -> String {
    guard let topic else {
      return ["Here is what I'd suggest:", "These come to mind:", "I'd look at these:"][seed % 3]
    }
    return ["Here is what I'd pick for \(topic):", "For \(topic), I'd go with these:", "\(topic)? These come to mind:"][seed % 3]
  }

  func more(noun: String, seed: Int) -> String {
    ["Some more \(plural(noun)) you haven't seen yet:", "A few others:", "Then how about these:"][seed % 3]
  }

  func refined(_ wishes: [String]) -> String {
    wishes.isEmpty ? "All right, let me change that:" : "All right — \(wishes.joined(separator: ", ")):"
  }

  func ownExperience(_ question: OwnQuestion) -> String {
    switch question {
    case .been: "I'm a program, so no, I've never been anywhere — but I do know my way around."
    case .seen: "I'm a program, so no, I've never seen anything with eyes of my own — but I know a good deal about it."
    case .tasted: "I'm a program, so no, I've never tried anything myself — but I do know what there is."
    case .like: "I'm a program, so I have no taste of my own — but I know what people go for."
    case .know: "Only from what is written in my notes, but there is plenty in them."
    case .other: "I'm a program, so I can't answer that for myself — but I can help with yours."
    }
  }

  func relaxed(_ wishes: [String], noun: String) -> String {
    "There is hardly anything left that meets all of that, so I let go of “\(wishes.joined(separator: "” and “"))”."
  }

  func exhausted(noun: String) -> String {
    "You have now seen every \(noun) I have for this. Change a wish, or say /new to start over."
  }

  func clarify(_ goals: [Goal], noun: String, topic: String?) -> String {
    switch (goals.first, goals.dropFirst().first) {
    case (.recommend, .inform), (.inform, .recommend), (.refine, .inform), (.inform, .refine):
      "Did you want suggestions, or a fact\(topic.map { " about \($0)" } ?? "")?"
    case (.feedback, _), (_, .feedback): "Are you telling me how it was, or looking for something?"
    case (.plan, _), (_, .plan): "Should I put together an outing, or just list some \(plural(noun))?"
    case (.outOfDomain, _), (_, .outOfDomain): "Is that about finding a \(noun)?"
    default: "Is it \(plural(noun)) you are looking for?"
    }
  }

  func plan(noun: String, stops: Int) -> String { "Here is a plan with \(stops) \(stops == 1 ? noun : plural(noun)), in this order:" }
  func stop(_ index: Int) -> String { index == 0 ? "First" : "Then" }
  func walk(metres: Int) -> String {
    metres < 1000 ? "about \(metres) m" : "about \((Double(metres) / 1000 * 10).rounded() / 10) km"
  }
  func total(minutes: Int, ways: Bool) -> String {
    let time = minutes < 90 ? "\(minutes) minutes" : "\(hours(minutes)) hours"
    return "That takes about \(time)\(ways ? ", without the ways between" : "")."
  }
  private func hours(_ minutes: Int) -> String {
    let halves = (Double(minutes) / 30).rounded() / 2
    return halves == halves.rounded() ? String(Int(halves)) : String(halves)
  }
  func better(_ name: String, _ slot: String, _ value: String) -> String { "On \(slot), \(name) comes first: \(value)." }
  func compareNeedsTwo(noun: String) -> String { "Which two should I compare? Name them, or give their numbers." }
  func same(_ slot: String, _ value: String) -> String { "On \(slot) they are the same: \(value)." }
  func sifted(_ wish: String, having names: [String], of count: Int, noun: String) -> String {
    switch names.count {
    case 0: "None of these \(plural(noun)), as far as my notes go: \(wish)."
    case count: "All of them: \(wish)."
    default: sentence("\(wish): \(list(names, or: false))")
    }
  }

  func why(_ name: String) -> String { "Why \(name):" }
  func nothingToExplain() -> String { "I haven't suggested anything yet that I could explain. Ask me for something first." }
  func unknown(_ subject: String?) -> String {
    subject.map { "I don't know that about \($0): my notes don't say." } ?? "I don't know: my notes don't say."
  }
  func known(_ subject: String) -> String { "What I do know:" }
  func yes() -> String { "Yes." }
  func no() -> String { "No." }

  func feedback(_ sentiment: Sentiment, _ names: [String]) -> String {
    let what = list(names, or: false)
    switch sentiment {
    case .positive:
      return names.isEmpty
        ? "Good to hear! I'll remember that kind of thing."
        : "Good to hear you liked \(what). I'll keep it in mind for what I suggest next."
    case .negative:
      return names.isEmpty ? "Sorry to hear that. I'll steer away from that." : "Sorry about \(what). I'll leave that out from now on."
    case .known:
      return names.isEmpty ? "Then I'll leave out what you already know." : "You know \(what) already, so I won't bring it up again."
    case .chosen: return names.isEmpty ? "Good choice. Enjoy!" : "Good choice — enjoy \(what)!"
    }
  }

  func instead(noun: String) -> String { "How about these instead:" }

  func social(_ act: Act, _ kind: SocialKind, packName: String, noun: String, seed: Int) -> String {
    switch kind {
    case .greeting:
      ["Hello! What are you in the mood for?", "Hi there. Tell me what you feel like, or just how your day is going."][seed % 2]
    case .howAreYou: "Running fine, thank you. How about you — anything I can find for you?"
    case .thanks: ["You're welcome!", "Glad that helped.", "My pleasure."][seed % 3]
    case .goodbye: ["Goodbye, and have a good time!", "See you — take care."][seed % 2]
    case .praise: "Thank you, that's kind. Tell me what to find next."
    case .smallTalk: "I'm a program that knows \(packName), so my small talk is short — but I'm listening. What would you like to find?"
    }
  }

  func meta(_ kind: MetaKind, packName: String, noun: String, description: String) -> String {
    switch kind {
    case .help:
      "Tell me what you'd like, or just how things stand — tired, hungry, with children — and I suggest \(plural(noun)). You can narrow it (\"cheaper\", \"not that\"), ask facts, compare by number, ask for a plan, or type /help for the commands."
    case .history:
      "Everything said here is kept on this machine only: /history shows this conversation, `osusume history list` shows all of them."
    case .forget:
      "Type /forget and this conversation is erased for good, from the file too; `osusume history forget --all` erases every one of them."
    case .restart: "Type /new for a fresh start — or just tell me what you'd like now."
    case .language: "I understand English and Japanese, and answer in the one you write in."
    case .pack: "I'm on \(packName) right now. /pack shows what else there is."
    case .about: "I'm Osusume, a program on your own machine. \(description)"
    }
  }

  func outOfDomain(packName: String, noun: String) -> String {
    "That's outside what I know: I'm here for \(packName). If you're looking for a \(noun), tell me what you feel like."
  }
}

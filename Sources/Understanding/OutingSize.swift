import Foundation

/// How long an outing is to take and how many stops it has, where the words say so: "half a day", 「半日」, "a double bill".
public enum OutingSize {
  /// Phrases and their minutes, longer phrases before the shorter ones that they contain.
  private static let phrases: [String: [(String, Double)]] = [
    "en": [
      ("half a day", 270), ("half day", 270), ("half-day", 270), ("couple of hours", 150), ("few hours", 210), ("afternoon", 270),
      ("morning", 240), ("evening", 270), ("full day", 540), ("whole day", 540), ("all day", 540), ("one day", 540), ("a day", 540),
      ("the day", 540), ("day trip", 540),
    ],
    "ja": [
      ("半日", 270), ("数時間", 210), ("午前", 240), ("午後", 270), ("夕方", 240), ("丸一日", 540), ("まる一日", 540), ("一日", 540),
      ("1日", 540), ("日帰り", 540),
    ],
  ]
  private static let words: [String: Double] = [
    "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "一": 1, "二": 2, "三": 3, "四": 4,
    "五": 5, "六": 6,
  ]

  /// Minutes; nil where nothing is said about it.
  public static func minutes(in text: String, language: String) -> Double? {
    let plain = FoldedText(text).string
    return hours(plain, language) ?? phrases[language]?.first { plain.contains(FoldedText.fold($0.0)) }?.1
  }

  private static let counts: [String: [(String, Int)]] = [
    "en": [
      ("double bill", 2), ("double feature", 2), ("triple bill", 3), ("back to back", 2), ("marathon", 4), ("trilogy", 3), ("two stops", 2),
      ("three stops", 3), ("four stops", 4), ("five stops", 5), ("two places", 2), ("three places", 3), ("four places", 4),
      ("two films", 2), ("three films", 3), ("two movies", 2), ("three movies", 3),
    ],
    "ja": [
      ("二本立て", 2), ("2本立て", 2), ("三本立て", 3), ("3本立て", 3), ("二本", 2), ("2本", 2), ("三本", 3), ("3本", 3), ("四本", 4), ("2か所", 2),
      ("二か所", 2), ("3か所", 3), ("三か所", 3), ("4か所", 4), ("2軒", 2), ("二軒", 2), ("3軒", 3), ("三軒", 3), ("はしご", 3), ("一気見", 4),
    ],
  ]

  /// Number of stops; nil where nothing is said about it.
  public static func stops(in text: String, language: String) -> Int? {
    let plain = FoldedText(text).string
    return counts[language]?.first { plain.contains(FoldedText.fold($0.0)) }?.1
  }

  private static func hours(_ text: String, _ language: String) -> Double? {
    let unit = language == "ja" ? "時間" : "hour"
    guard let range = text.range(of: unit) else { return nil }
    let before = text[..<range.lowerBound].reversed().drop { $0 == " " || $0 == "-" }
    let token = language == "ja" ? before.prefix(while: \.isNumber) : before.prefix { $0.isNumber || $0.isLetter || $0 == "." }
    let said = String(token.reversed())
    guard let count = Double(said) ?? words[said], count > 0, count <= 24 else { return nil }
    let half = language == "ja" ? text[range.upperBound...].hasPrefix("半") : false
    return (count + (half ? 0.5 : 0)) * 60
  }
}

/// Ends a plain clause politely: 「渋谷にある」 → 「渋谷にあります」, 「設計は黒川紀章」 → 「設計は黒川紀章です」.
///
/// Packs write their sentences in the plain form, since reasons join them to one another; replies are polite throughout.
enum JapanesePoliteness {
  /// Endings, longer ones before those that they end in.
  private static let endings: [(plain: String, polite: String)] = [
    ("である", "です"), ("している", "しています"), ("くる", "きます"), ("ある", "あります"), ("いる", "います"), ("れる", "れます"), ("える", "えます"),
    ("する", "します"), ("描く", "描いています"), ("与えた", "与えました"), ("通った", "通いました"), ("組んだ", "組みました"), ("住んだ", "住みました"),
    ("れた", "れました"), ("した", "しました"),
  ]

  static func polite(_ clause: String) -> String {
    for ending in endings where clause.hasSuffix(ending.plain) { return clause.dropLast(ending.plain.count) + ending.polite }
    // A verb of another kind stays as it is rather than being bent wrongly; whatever else ends a clause is a noun or an adjective.
    return "るただ".contains(clause.last ?? "る") ? clause : clause + "です"
  }
}

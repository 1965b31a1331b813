/// "a" or "an", by how English words begin when they are spoken.
enum IndefiniteArticle {
  static func before(_ words: String) -> String { startsWithVowel(words) ? "an" : "a" }

  private static let silentH = ["hour", "honest", "honour", "honor", "heir"]
  /// Written with a vowel, spoken with the sound of "you" or "one".
  private static let consonantSounds = ["uni", "use", "usu", "uti", "eu", "ewe", "one", "once", "ufo", "ukulele", "ubiq"]
  private static let vowelUni = ["unim", "unin", "unid"]

  private static func startsWithVowel(_ words: String) -> Bool {
    let text = words.lowercased()
    guard let first = text.first else { return false }
    if first == "8" || text.prefix(while: \.isNumber) == "11" || text.prefix(while: \.isNumber) == "18" { return true }
    // An abbreviation is spelt out: an R-rated film, a UFO.
    let word = words.prefix { $0.isLetter }
    if word.count == 1, word.allSatisfy(\.isUppercase) { return "AEFHILMNORSX".contains(first.uppercased()) }
    if silentH.contains(where: text.hasPrefix) { return true }
    if vowelUni.contains(where: text.hasPrefix) { return true }
    if consonantSounds.contains(where: text.hasPrefix) { return false }
    return "aeiouéèàāōūēī".contains(first)
  }
}

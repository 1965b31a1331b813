import Frames
import Knowledge
import Retrieval

/// Says which of the items on screen have a property: "which of them is free?".
struct Sifter {
  let pack: Pack
  let language: String
  let words: any Wording

  /// - Parameters:
  ///   - ids: the items on screen, in their order.
  ///   - properties: what is asked for, as constraints, each with its wording.
  func sift(_ ids: [String], by properties: [ReplyBrief.Property]) -> Reply {
    let matcher = ConstraintMatcher(pack: pack)
    let items = ids.compactMap { id in pack.itemIndex[id].map { (index: $0, name: pack.items[$0].name(in: language)) } }
    var reply = Reply()
    for property in properties {
      let having = items.filter { matcher.meets($0.index, property.constraint) == true }.map(\.name)
      let noun = pack.manifest.itemNoun[language] ?? ""
      reply.state(
        words.sifted(property.wish, having: having, of: items.count, noun: noun), from: having + [property.wish], spaced: words.space)
    }
    return reply
  }
}

import Frames
import Knowledge
import Testing

@Suite struct ConstraintSyntaxTests {
  @Test(arguments: [
    "kind=temple", "kind=ramen|sushi", "kind!=temple", "price<=cheap", "walkMinutes>=5", "mood=quiet?", "a=b;c!=d;e<3;f>4?",
  ])
  func printsWhatItParsed(_ text: String) throws {
    #expect(ConstraintSyntax.print(try ConstraintSyntax.parse(text, manifest: nil)) == text)
  }

  @Test func readsOperators() throws {
    let parsed = try ConstraintSyntax.parse(" kind=a|b ; price<=cheap?", manifest: nil)
    #expect(
      parsed == [
        Constraint(slot: "kind", op: .in, value: ["a", "b"]), Constraint(slot: "price", op: .le, value: ["cheap"], strength: .prefer),
      ])
  }

  @Test(arguments: ["kind", "kind=", "kind==a", "kind=<a", "price<=a|b"]) func refusesNonsense(_ text: String) {
    #expect(throws: ConstraintSyntax.Failure.self) { try ConstraintSyntax.parse(text, manifest: nil) }
  }
}

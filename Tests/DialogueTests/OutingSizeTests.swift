import Testing

import Understanding

@Suite struct OutingSizeTests {
  @Test(arguments: [
    ("Plan half a day around Ueno", "en", 270.0), ("three hours in Asakusa please", "en", 180), ("I have 2.5 hours", "en", 150),
    ("上野で半日", "ja", 270), ("２時間半で回りたい", "ja", 150), ("三時間くらい", "ja", 180),
  ])
  func reads(_ text: String, _ language: String, _ minutes: Double) {
    #expect(OutingSize.minutes(in: text, language: language) == minutes)
  }

  @Test(arguments: [("Plan something around Ueno", "en"), ("opening hours of the zoo", "en"), ("上野を回るプラン", "ja"), ("営業時間は？", "ja")])
  func leavesOpen(_ text: String, _ language: String) {
    #expect(OutingSize.minutes(in: text, language: language) == nil)
  }

  @Test(arguments: [("a double bill for Saturday", "en", 2), ("三本立てで組んで", "ja", 3), ("銭湯を2軒はしごしたい", "ja", 2)])
  func counts(_ text: String, _ language: String, _ stops: Int) {
    #expect(OutingSize.stops(in: text, language: language) == stops)
    #expect(OutingSize.stops(in: "Plan something nice", language: language) == nil)
  }
}

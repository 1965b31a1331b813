import Testing

@testable import RemoteModel

@Suite struct RetryPolicyTests {
  @Test func delaysGrowAreJitteredAndBounded() {
    var random = SystemRandomNumberGenerator()
    let policy = RetryPolicy(attempts: 9, firstDelay: .milliseconds(100), longestDelay: .seconds(1))
    for attempt in 1...200 {
      let ceiling = min(.seconds(1), Duration.milliseconds(100) * (1 << min(attempt - 1, 8)))
      let delay = policy.delay(after: attempt, retryAfter: nil, using: &random)
      #expect(delay >= .zero && delay <= ceiling)
    }
    #expect(Set((0..<50).map { _ in policy.delay(after: 4, retryAfter: nil, using: &random) }).count > 10)
    #expect(policy.delay(after: 1, retryAfter: .seconds(90), using: &random) == .seconds(1))
    #expect(policy.delay(after: 1, retryAfter: .seconds(-5), using: &random) == .zero)
  }
}

/// How often and when a request that failed before its first text is sent again: exponential backoff with full jitter.
public struct RetryPolicy: Sendable, Equatable {
  /// Times that a request is sent at most.
  public var attempts: Int
  /// Longest wait before the second attempt; it doubles with each further one.
  public var firstDelay: Duration
  /// No wait is longer, also if the server asks for it by `Retry-After`.
  public var longestDelay: Duration

  public init(attempts: Int = 3, firstDelay: Duration = .milliseconds(200), longestDelay: Duration = .seconds(5)) {
    self.attempts = max(1, attempts)
    self.firstDelay = firstDelay
    self.longestDelay = longestDelay
  }

  /// The wait after attempt number `attempt` (from 1).
  /// - Parameter retryAfter: what the server asked for.
  func delay(after attempt: Int, retryAfter: Duration?, using random: inout some RandomNumberGenerator) -> Duration {
    if let retryAfter { return max(.zero, min(retryAfter, longestDelay)) }
    let ceiling = min(longestDelay, firstDelay * (1 << min(attempt - 1, 16)))
    return ceiling * Double.random(in: 0...1, using: &random)
  }

  /// Whether sending the request again may help.
  func mayRetry(_ error: RemoteModelError) -> Bool {
    switch error {
    case .silent, .deadlineExceeded: false
    default: error.isOutage
    }
  }
}

import Foundation

enum Fixtures {
  /// Stored references, or those that `make peers` has just made.
  static let folder = ProcessInfo.processInfo.environment["OSUSUME_LIVE_FIXTURES"] ?? Bundle.module.resourcePath! + "/Fixtures"
}

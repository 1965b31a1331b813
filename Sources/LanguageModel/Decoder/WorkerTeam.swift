import CKernels

/// A team of threads that runs one body at a time on all of its members, of which the caller is one.
final class WorkerTeam {
  private let team: OpaquePointer
  let members: Int

  /// - Parameter members: threads, the caller's included; fewer if the system gives fewer.
  init(members: Int) throws(DecoderError) {
    guard let team = osu_team_create(Int32(clamping: max(1, members))) else {
      throw .outOfMemory(bytes: 4096, what: "a team of threads")
    }
    self.team = team
    self.members = Int(osu_team_members(team))
  }

  deinit { osu_team_destroy(team) }

  /// Runs `body(object, member)` on every member and returns when all have ended.
  func run<Object: AnyObject>(_ object: Object, _ body: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Void) {
    withExtendedLifetime(object) { osu_team_run(team, body, Unmanaged.passUnretained(object).toOpaque()) }
  }

  /// Waits for the other members; only inside a body.
  func barrier() { osu_team_barrier(team) }
}

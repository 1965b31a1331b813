import Foundation
import Frames
import OsusumeClient
import Testing

/// A pack of a newcomer gets a language model of its own, which then words its replies.
@Suite(.serialized) struct PackModelTests {
  private let folder = URL(fileURLWithPath: "/tmp/osu-\(UUID().uuidString.prefix(8))")
  private var pack: String { folder.appendingPathComponent("games").path }

  private func osusume(_ arguments: [String]) throws -> (status: Int32, out: String, err: String) {
    try RunningDaemon.osusume(arguments, data: folder.appendingPathComponent("data"))
  }

  /// A pack of six games with a few replies.
  private func makePack() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let csv = """
      name,kind,mood,popularity,description
      Catan,strategy,lively,5,Settlers trade wool and ore to build roads and towns on an island.
      Azul,abstract,quiet,4,Players draft coloured tiles to cover a palace wall in patterns.
      Dobble,party,lively,4,Two cards always share one picture and the first to see it wins.
      Patchwork,abstract,quiet,3,Two players sew a quilt from scraps of cloth.
      Just One,party,lively,4,Everybody writes a clue and equal clues are struck out.
      Ark Nova,strategy,quiet,4,Players plan a zoo and its animals.
      """
    let file = folder.appendingPathComponent("games.csv")
    try csv.write(to: file, atomically: true, encoding: .utf8)
    #expect(try osusume(["pack", "new", pack, "--csv", file.path]).status == 0)
    let replies = """
      I'm bored	recommend	1:mood=lively	Boredom wants noise: {1}, then. {1.about}
      Something calm please	recommend	1:mood=quiet	{1} is {1.mood}. {1.about}
      What else is there?	refine	1	There is {1} too, {1.a.kind} game.
      """
    try (replies + "\n").write(toFile: pack + "/language/replies.en.tsv", atomically: true, encoding: .utf8)
    #expect(try osusume(["pack", "check", pack]).status == 0)
  }

  private func train(_ name: String, _ more: [String] = []) throws -> String {
    let output = folder.appendingPathComponent(name).path
    let small = ["--layers", "1", "--width", "64", "--vocabulary", "500", "--epochs", "2"]
    let result = try osusume(["model", "train", pack, "-o", output] + small + more)
    #expect(result.status == 0, "\(result.err)")
    return output
  }

  @Test func aModelIsTrainedAdaptedAndServed() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try makePack()
    try FileManager.default.createDirectory(atPath: pack + "/models", withIntermediateDirectories: true)
    let own = try train("games/models/own.gguf")
    let card = try String(contentsOfFile: pack + "/models/own.md", encoding: .utf8)
    #expect(card.contains("osusume model train") && card.contains("own.svg") && card.contains("games 0.1.0"))
    #expect(try String(contentsOfFile: pack + "/models/own.svg", encoding: .utf8).contains("<svg"))
    #expect(!FileManager.default.fileExists(atPath: own + ".checkpoint"))
    // The same packs and settings give the same model; another seed another.
    let again = try train("again.gguf")
    let tensors = try Data(contentsOf: URL(fileURLWithPath: own)).suffix(20_000)
    #expect(try tensors == Data(contentsOf: URL(fileURLWithPath: again)).suffix(20_000))
    #expect(try tensors != Data(contentsOf: URL(fileURLWithPath: train("other.gguf", ["--seed", "2"]))).suffix(20_000))
    _ = try train("games/models/lora.gguf", ["--base", own, "--rung", "lora", "--rank", "2"])
    #expect(try osusume(["model", "generate", own, "hi", "--lora", pack + "/models/lora.gguf", "--max-tokens", "3"]).status == 0)

    try serve("{language: models/own.gguf, adapter: models/lora.gguf}")
    let daemon = try await RunningDaemon(["--domains", folder.path, "--pack", "games"])
    let client = try daemon.client()
    let answer = try await client.call("chat.send", ["text": .string("Something lively please")])
    #expect(answer["reply"]?.string?.contains("1. ") == true)
    let models = try await client.call("daemon.stats")["languageModel"]
    #expect(models?["replies"]?["requested"] == .number(1))
    #expect((models?["packs"]?["own.gguf"]?["promptTokens"]?["all"]?.number ?? 0) > 10)
  }

  @Test(arguments: [
    ("{language: no-such-model}", "no-such-model"), ("{language: models/absent.gguf}", "absent.gguf"),
  ])
  func aModelThatIsMissingCostsNoAnswer(_ models: String, _ name: String) async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try makePack()
    try serve(models)
    let daemon = try await RunningDaemon(["--domains", folder.path, "--pack", "games"])
    let client = try daemon.client()
    #expect(try await client.call("chat.send", ["text": .string("Something lively please")])["reply"]?.string?.contains("1. ") == true)
    let packs = try await client.call("daemon.stats")["languageModel"]?["packs"]
    #expect(packs?[name]?["problem"]?.string?.isEmpty == false)
  }

  private func serve(_ models: String) throws {
    let manifest = try String(contentsOfFile: pack + "/pack.yaml", encoding: .utf8)
    try (manifest + "models: \(models)\n").write(toFile: pack + "/pack.yaml", atomically: true, encoding: .utf8)
  }
}

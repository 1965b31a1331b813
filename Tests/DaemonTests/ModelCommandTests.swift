import Foundation
import Frames
import Testing

/// `osusume model …` as people run it, without a daemon.
@Suite(.serialized) struct ModelCommandTests {
  private let model: TinyModel

  init() throws { model = try TinyModel() }

  private func run(_ arguments: [String], input: String? = "") throws -> (status: Int32, out: String, err: String) {
    try RunningDaemon.osusume(["model"] + arguments, data: model.folder, input: input)
  }

  private func json(_ arguments: [String]) throws -> JSONValue {
    let result = try run(arguments + ["--json"])
    #expect(result.status == 0, "\(result.err)")
    return try JSONDecoder().decode(JSONValue.self, from: Data(result.out.utf8))
  }

  @Test func infoNamesWhatTheFileHolds() throws {
    let result = try run(["info", model.path])
    #expect(result.status == 0 && result.err.isEmpty)
    #expect(result.out.hasPrefix("tiny: llama, ") && result.out.contains("tokeniser gpt2 (qwen2), 258 tokens, with chat template"))
    let summary = try json(["info", model.path])
    #expect(summary["architecture"] == .string("llama") && summary["layers"] == .number(2) && summary["context"] == .number(65536))
  }

  @Test func quantizeWritesASmallerModelAndNeverOverAnother() throws {
    for (type, storage) in [("q8_0", ["Q8_0: 16 tensors"]), ("q4_0", ["Q4_0: 15 tensors", "Q8_0: 1 tensors"])] {
      let output = model.file("\(type).gguf")
      let written = try run(["quantize", model.path, output, "--type", type])
      #expect(written.status == 0 && written.out.hasPrefix(output + "\ntiny: llama"), "\(written.err)")
      let info = try run(["info", output]).out
      for part in storage { #expect(info.contains(part), "\(info)") }
      let size = try FileManager.default.attributesOfItem(atPath: output)[.size] as? Int ?? 0
      let before = try FileManager.default.attributesOfItem(atPath: model.path)[.size] as? Int ?? 0
      #expect(size < before / 2)
      let again = try run(["quantize", model.path, output, "--type", type])
      #expect(again.status == 1 && again.out.isEmpty && again.err.contains("\(output): exists already. Give --force"), "\(again.err)")
      #expect(try run(["quantize", model.path, output, "--type", type, "--force"]).status == 0)
      // The smaller model runs, and is not made smaller a second time.
      #expect(try json(["generate", output, "Hello", "--max-tokens", "5", "--temperature", "0"])["textTokens"] == .number(5))
      let twice = try run(["quantize", output, model.file("twice.gguf"), "--type", "q4_0"])
      #expect(twice.status == 1 && twice.err.contains("already. Start from the model's F32, F16 or BF16 file."), "\(twice.err)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: model.folder.path)
    #expect(Set(left) == ["model.gguf", "q8_0.gguf", "q4_0.gguf"])
  }

  @Test func oneSeedGivesOneText() throws {
    let arguments = ["generate", model.path, "Hello there", "--max-tokens", "40", "--temperature", "1", "--top-k", "0", "--top-p", "1"]
    let first = try run(arguments + ["--seed", "7"])
    #expect(first.status == 0 && first.out.count > 10)
    #expect(first.err.contains("text 40 tokens") && first.err.contains("a second") && first.err.contains("seed 7"), "\(first.err)")
    #expect(try run(arguments + ["--seed", "7", "--threads", "2"]).out == first.out)
    #expect(try run(arguments + ["--seed", "8"]).out != first.out)
    let told = try json(arguments + ["--seed", "7"])
    #expect(told["text"]?.string.map { $0 + "\n" } == first.out && told["textTokens"] == .number(40) && told["end"] == .string("length"))
    // <|im_start|>user\n…<|im_end|>\n<|im_start|>assistant\n, a token for each byte of the text.
    #expect(told["promptTokens"] == .number(4 + 5 + 11 + 1 + 10 - 1))
    #expect(try json(arguments + ["--raw"])["promptTokens"] == .number(11))
    // Without a seed, each text is another.
    #expect(try run(arguments).out != run(arguments).out)
  }

  @Test func namesAndGrammarsAreKeptTo() throws {
    let names = ["Ueno Park", "Ueno Zoo", "浅草寺", "Café de l'Ambre"]
    try (names.joined(separator: "\n") + "\n").write(toFile: model.file("names"), atomically: true, encoding: .utf8)
    try #"root ::= ("Try " | "So: ") @name "!""#.write(toFile: model.file("open.gbnf"), atomically: true, encoding: .utf8)
    try #"root ::= [0-9]{3} "円""#.write(toFile: model.file("closed.gbnf"), atomically: true, encoding: .utf8)
    var seen: Set<String> = []
    for seed in 0..<8 {
      let common = ["generate", model.path, "Where to?", "--temperature", "2", "--seed", "\(seed)"]
      let name = try run(common + ["--names", model.file("names")])
      #expect(name.status == 0 && names.contains(String(name.out.dropLast())), "\(name)")
      seen.insert(name.out)
      let sentence = try json(common + ["--names", model.file("names"), "--grammar", model.file("open.gbnf")])
      #expect(names.flatMap { ["Try \($0)!", "So: \($0)!"] }.contains(sentence["text"]?.string ?? ""), "\(sentence)")
      #expect(sentence["end"] == .string("stop"))
      let price = try run(common + ["--grammar", model.file("closed.gbnf")])
      #expect(price.out.wholeMatch(of: /[0-9]{3}円\n/) != nil, "\(price)")
    }
    #expect(seen.count > 1)
    let noPlace = try run(["generate", model.path, "x", "--names", model.file("names"), "--grammar", model.file("closed.gbnf")])
    #expect(noPlace.status == 1 && noPlace.err.contains("Write @name where a name may stand."), "\(noPlace.err)")
  }

  @Test func whatWasLearnedBesidesIsAttached() throws {
    let (lora, soft) = (model.file("style.gguf"), model.file("soft.gguf"))
    try model.writeLoRA(to: lora)
    try model.writeSoftPrompt(to: soft, count: 3)
    let arguments = ["generate", model.path, "Hello there", "--max-tokens", "20", "--temperature", "0"]
    let plain = try json(arguments)
    let styled = try json(arguments + ["--lora", lora])
    #expect(styled["text"] != plain["text"])
    // No strength is no change, and a strength is part of the same text each time.
    #expect(try json(arguments + ["--lora", lora + ":0"])["text"] == plain["text"])
    #expect(try json(arguments + ["--lora", lora + ":1"])["text"] == styled["text"])
    let prompted = try json(arguments + ["--soft-prompt", soft])
    #expect(prompted["text"] != plain["text"] && prompted["textTokens"] == .number(20))
    for (option, file) in [("--lora", soft), ("--soft-prompt", lora), ("--lora", model.file("absent.gguf"))] {
      let refused = try run(arguments + [option, file])
      #expect(refused.status == 1 && refused.out.isEmpty && refused.err.contains(file), "\(refused.err)")
    }
  }

  @Test func thePromptComesFromStandardInput() throws {
    let arguments = ["generate", model.path, "--max-tokens", "12", "--seed", "3"]
    let piped = try run(arguments, input: "Hello there\n")
    #expect(piped.status == 0)
    #expect(try run(arguments + ["Hello", "there"]).out == piped.out)
    #expect(try run(arguments, input: "").status == 2)
  }

  @Test func interruptsEndTheText() throws {
    let process = Process()
    process.executableURL = RunningDaemon.programs.appendingPathComponent("osusume")
    process.arguments = ["model", "generate", model.path, "Hello", "--max-tokens", "60000", "--threads", "1", "--temperature", "0"]
    let (out, err) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError, process.standardInput) = (out, err, FileHandle.nullDevice)
    try process.run()
    #expect(!out.fileHandleForReading.availableData.isEmpty)
    process.interrupt()
    let rest = Task.detached { out.fileHandleForReading.readDataToEndOfFile() }
    let said = String(decoding: err.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGINT)
    #expect(said.contains("interrupted"), "\(said)")
    _ = rest
  }

  @Test func benchMeasures() throws {
    let told = try json(["bench", model.path, "-p", "8", "-n", "8", "--threads", "1,2", "--rounds", "1"])
    let results = told["results"]?.array ?? []
    #expect(results.map { $0["threads"] } == [.number(1), .number(2)])
    for result in results {
      for key in ["promptTokensPerSecond", "textTokensPerSecond", "weightsGBPerSecond", "memoryGBPerSecond"] {
        #expect(result[key]?.number ?? 0 > 0, "\(key)")
      }
    }
    let text = try run(["bench", model.path, "-p", "4", "-n", "4", "--threads", "1", "--rounds", "1"])
    #expect(text.out.hasPrefix("1 thread: prompt ") && text.out.contains("GB/s of weights where memory gives"), "\(text)")
  }

  /// Import, quantise, embed: the encoder that `make setup` brings, whose vectors hardly change.
  @Test func encodersAreImportedAndGiveVectors() throws {
    let folder = RunningDaemon.root.appendingPathComponent(".build-encoder/all-MiniLM-L6-v2").path
    let (whole, small) = (model.file("encoder.gguf"), model.file("small.gguf"))
    #expect(try run(["import", folder, "-o", whole]).out.hasPrefix("\(whole)\nall-MiniLM-L6-v2: bert"))
    #expect(try run(["import", folder, "-o", whole]).status == 1)
    #expect(try run(["import", folder, "-o", small, "--type", "q8_0"]).out.contains("Q8_0: "))
    func vectors(_ file: String, _ texts: [String], input: String = "") throws -> [[Double]] {
      let result = try run(["embed", file] + texts, input: input)
      #expect(result.status == 0, "\(result.err)")
      return result.out.split(separator: "\n").map { $0.split(separator: " ").compactMap { Double($0) } }
    }
    func cosine(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let texts = ["A quiet garden", "A calm park", "Stock prices fell"]
    let found = try vectors(whole, texts)
    #expect(found.map(\.count) == [384, 384, 384])
    #expect(found.allSatisfy { abs(cosine($0, $0) - 1) < 1e-4 })
    #expect(cosine(found[0], found[1]) > cosine(found[0], found[2]) + 0.2)
    for (vector, other) in zip(found, try vectors(small, texts)) { #expect(cosine(vector, other) > 0.99) }
    let lines = texts.joined(separator: "\n")
    for (vector, other) in zip(found, try vectors(whole, [], input: lines)) { #expect(cosine(vector, other) > 0.9999) }
    let told = try json(["embed", whole, "A quiet garden"])
    #expect(told["text"] == .string("A quiet garden") && told["vector"]?.array?.count == 384)
    let decoder = try run(["embed", model.path, "x"])
    #expect(decoder.status == 1 && decoder.err.contains("gives no sentence vectors. Use an encoder"), "\(decoder.err)")
  }

  @Test(arguments: [
    (["info", "/nonexistent.gguf"], "/nonexistent.gguf: cannot be read: No such file or directory. Check the path"),
    (["info", "TEXT"], "does not begin with GGUF. Name a .gguf file"), (["generate", "TEXT", "Hello"], "does not begin with GGUF"),
    (["generate", "HALF", "Hello"], "Download or write the file again."), (["embed", "HALF", "x"], "Download or write the file again."),
    (["bench", "TEXT"], "does not begin with GGUF"), (["import", "FOLDER", "-o", "new.gguf"], "config.json"),
    (["quantize", "HALF", "new.gguf", "--type", "q8_0"], "Download or write the file again."),
    (["quantize", "MODEL", "/nonexistent/new.gguf", "--type", "q8_0"], "cannot be written: No such file or directory. Check the folder"),
    (["generate", "MODEL", "Hello", "--grammar", "TEXT"], "TEXT: Grammar: line 1"),
    (["generate", "MODEL", "Hello", "--grammar", "/nonexistent"], "/nonexistent: cannot be read as UTF-8 text. Check the path"),
    (["generate", "MODEL", "Hello", "--names", "EMPTY"], "EMPTY: A string trie without strings allows nothing"),
    (["generate", "MODEL", "Hello", "--template", "llama3"], "Name the template with which the model was trained"),
  ]) func whatIsWrongIsSaidWithTheMend(_ arguments: [String], _ expected: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: model.path))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: model.file("HALF")))
    try Data("not a model".utf8).write(to: URL(fileURLWithPath: model.file("TEXT")))
    try Data().write(to: URL(fileURLWithPath: model.file("EMPTY")))
    let named = arguments.map { argument in
      switch argument {
      case "MODEL": model.path
      case "FOLDER": model.folder.path
      case "HALF", "TEXT", "EMPTY", "new.gguf": model.file(argument)
      default: argument
      }
    }
    let result = try run(named)
    #expect(result.status == 1 && result.out.isEmpty && result.err.contains(expected), "\(result)")
    #expect(!FileManager.default.fileExists(atPath: model.file("new.gguf")))
  }

  @Test(arguments: [
    ["info"], ["frobnicate", "x"], ["quantize", "a", "b"], ["quantize", "a", "b", "--type", "q3"], ["import"],
    ["generate", "a", "b", "--temperature", "-1"], ["generate", "a", "b", "--top-p", "0"], ["generate", "a", "b", "--threads", "0"],
    ["generate", "a", "b", "--max-tokens", "0"], ["generate", "a", "b", "--max-tokens", "9223372036854775807"],
    ["generate", "a", "b", "--raw", "--system", "c"], ["generate", "a", "b", "--template", "c"], ["generate", "a", "b", "--seed", "-1"],
    ["bench", "a", "--threads", "1,x"], ["bench", "a", "-p", "0"], ["bench", "a", "--rounds", "0"],
  ]) func wrongUsageIsTwo(_ arguments: [String]) throws {
    let result = try run(arguments)
    #expect(result.status == 2 && result.out.isEmpty && !result.err.isEmpty, "\(result)")
  }
}

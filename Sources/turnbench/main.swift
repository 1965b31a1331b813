import Dialogue
import Foundation
import Frames
import Knowledge
import LanguageModel
import Training

// Prints p50 and p99 of each stage of a turn over the pack's development utterances and requests, and the share of the
// whole that each stage takes. Usage: turnbench PACK_FOLDER ENCODER_FOLDER [CACHE_FOLDER]
// With --encoder, the encoder by itself over the sentences of standard input: turnbench --encoder ENCODER_FOLDER < SENTENCES
// With --training, updates of a decoder a second, as JSON: turnbench --training float32|bfloat16 THREADS UPDATES

let arguments = CommandLine.arguments
if arguments.count == 5, arguments[1] == "--training", let precision = TrainingSettings.Precision(rawValue: arguments[2]),
  let threads = Int(arguments[3]), let updates = Int(arguments[4])
{
  var bench = TrainingBench()
  bench.precision = precision
  print("{\"tokens_per_second\": \(try bench.run(threads: threads, updates: updates))}")
  exit(0)
}
guard arguments.count >= 3 else {
  FileHandle.standardError.write(
    Data(
      "usage: turnbench PACK_FOLDER ENCODER_FOLDER [CACHE_FOLDER] | turnbench --encoder ENCODER_FOLDER < SENTENCES "
        .appending("| turnbench --training float32|bfloat16 THREADS UPDATES\n").utf8))
  exit(2)
}
if arguments[1] == "--encoder" {
  var sentences: [String] = []
  while let line = readLine() { if !line.isEmpty { sentences.append(line) } }
  guard !sentences.isEmpty else {
    FileHandle.standardError.write(Data("turnbench: standard input holds no sentence; write one a line\n".utf8))
    exit(2)
  }
  try EncoderBench.run(URL(fileURLWithPath: arguments[2]), sentences)
  exit(0)
}
let pack = try PackReader.read(URL(fileURLWithPath: arguments[1]))
let cache = arguments.count > 3 ? URL(fileURLWithPath: arguments[3]) : nil
// The bare encoder: with the cache that the daemon puts around it, repeated texts would flatter the figures.
let encoder = try MiniLM(folder: URL(fileURLWithPath: arguments[2]))
let runtime = try PackRuntime(pack: pack, encoder: CachedEncoder(encoder, capacity: 1), cache: cache)
let engine = TurnEngine(runtime: runtime)
let texts =
  (pack.evalUtterances.filter { $0.half == "dev" }.map { ($0.language, $0.text) }
    + pack.evalRequests.filter { $0.half == "dev" }.map { ($0.language, $0.text) })
let stages: [(name: String, path: KeyPath<Timing, Double>)] = [
  ("understand", \.understand), ("retrieve", \.retrieve), ("rank", \.rank), ("respond", \.respond),
]

for language in pack.manifest.languages {
  var timings: [Timing] = []
  var state = ConversationState()
  for round in 0..<2 {
    for (index, text) in texts.filter({ $0.0 == language }).enumerated() {
      if index % 8 == 0 { state = ConversationState() }
      let outcome = try engine.turn(TurnInput(text: text.1), state: state)
      state = outcome.state
      // The first round warms caches and pages.
      if round == 1 { timings.append(outcome.timing) }
    }
  }
  print("[\(language)] \(timings.count) turns")
  for (name, path) in stages {
    let values = timings.map { $0[keyPath: path] }
    print(
      "  \(name.padding(toLength: 26, withPad: " ", startingAt: 0)) p50 \(String(format: "%7.2f", quantile(values, 0.5))) ms   p99 \(String(format: "%7.2f", quantile(values, 0.99))) ms"
    )
  }
  let core = timings.map { $0.understand + $0.retrieve + $0.rank }
  print(
    "  understand+retrieve+rank   p50 \(String(format: "%7.2f", quantile(core, 0.5))) ms   p99 \(String(format: "%7.2f", quantile(core, 0.99))) ms"
  )
}

// modelbench MODEL THREADS [--rounds N] [--tokens N] [--cache FOLDER]: a decoder's speed, one JSON object a round (Scripts/bench-peers.sh).
import Foundation
import LanguageModel

func value(_ option: String) -> String? {
  CommandLine.arguments.firstIndex(of: option).flatMap { CommandLine.arguments.dropFirst($0 + 1).first }
}

guard CommandLine.arguments.count >= 3, let threads = Int(CommandLine.arguments[2]) else {
  FileHandle.standardError.write(Data("usage: modelbench MODEL THREADS [--rounds N] [--tokens N] [--cache FOLDER]\n".utf8))
  exit(2)
}
do {
  let clock = ContinuousClock()
  let start = clock.now
  let model = try DecoderModel(path: CommandLine.arguments[1], cacheFolder: value("--cache"))
  let load = clock.now - start
  var bench = DecoderBench(model)
  bench.decodedTokens = value("--tokens").flatMap { Int($0) } ?? 64
  for _ in 0..<(value("--rounds").flatMap { Int($0) } ?? 1) {
    let result = try await bench.run(threads: threads)
    let fields: [String: Double] = [
      "threads": Double(threads), "prefill": result.prefill, "decode": result.decode, "decode_gb_s": result.decodeBandwidth / 1e9,
      "memory_gb_s": result.memoryBandwidth / 1e9,
      "load_ms": Double(load.components.seconds) * 1e3 + Double(load.components.attoseconds) * 1e-15,
    ]
    let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
    FileHandle.standardOutput.write(data + Data("\n".utf8))
  }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}

import ArgumentParser
import LanguageModel

/// How tokens are chosen.
struct SamplingOptions: ParsableArguments {
  @Option(help: "0 for the likeliest token always, 1 for the model's own distribution.") var temperature = Sampling().temperature
  @Option(help: "Choose among so many likeliest tokens; 0 for all.") var topK = Sampling().topK
  @Option(help: "Choose among the likeliest tokens that together have this probability.") var topP = Sampling().topP
  @Option(help: "Leave out tokens less likely than this times the likeliest.") var minP = Sampling().minP
  @Option(help: "Divide the scores of recent tokens by this; 1 for nothing.") var repetitionPenalty = Sampling().repetitionPenalty
  @Option(help: "The same seed gives the same text (else another text each time).") var seed: UInt64?

  func validate() throws {
    func check(_ holds: Bool, _ rule: String) throws { if !holds { throw ValidationError(rule) } }
    try check(temperature >= 0 && temperature.isFinite, "--temperature is 0 or more.")
    try check((0...1 << 24).contains(topK), "--top-k is 0 or more.")
    try check(topP > 0 && topP <= 1, "--top-p is above 0 and at most 1.")
    try check(minP >= 0 && minP <= 1, "--min-p is from 0 to 1.")
    try check(repetitionPenalty > 0 && repetitionPenalty.isFinite, "--repetition-penalty is above 0.")
  }

  /// With a seed of its own where none was given.
  func sampling() -> Sampling {
    Sampling(
      temperature: temperature, topK: topK, topP: topP, minP: minP, repetitionPenalty: repetitionPenalty,
      seed: seed ?? .random(in: 0...UInt64(UInt32.max)))
  }
}

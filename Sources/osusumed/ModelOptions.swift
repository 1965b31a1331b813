import ArgumentParser
import Daemon
import Foundation
import RemoteModel
import Wire

/// Which model words the replies. `osusume` starts the daemon with its own environment, so everything can be said there too.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .customLong("model"),
    help: "GGUF file of the model that words replies (else OSUSUME_MODEL, else models/writer.gguf of the data folder).")
  var file: String?
  @Option(
    name: .customLong("model-server"),
    help:
      "Base address of an OpenAI-compatible server that words replies, such as http://127.0.0.1:8080/v1 (else OSUSUME_MODEL_SERVER); the file is what it falls back on. Its key is read from OSUSUME_MODEL_KEY."
  )
  var server: String?
  @Option(name: .customLong("model-name"), help: "The server's name of the model (else OSUSUME_MODEL_NAME).") var name: String?
  @Option(
    name: .customLong("model-dialect"),
    help:
      "What the server understands beyond OpenAI's fields: \(RemoteModelConfiguration.Dialect.allCases.map(\.rawValue).joined(separator: ", ")) (else OSUSUME_MODEL_DIALECT)."
  )
  var dialect: String?
  @Option(name: .customLong("model-threads"), help: "Threads of the model in this process (else all cores).") var threads: Int?
  @Option(name: .customLong("model-memory"), help: "Megabytes for what the model keeps of conversations.") var memory = 512
  @Option(name: .customLong("model-seconds"), help: "Longest time for a reply.") var seconds = 20.0

  func validate() throws {
    guard (1...1024).contains(threads ?? 1) else { throw ValidationError("--model-threads is 1 to 1024.") }
    guard (1...1 << 20).contains(memory) else { throw ValidationError("--model-memory is 1 or more megabytes.") }
    guard (0.01...3600).contains(seconds) else { throw ValidationError("--model-seconds is 0.01 to 3600.") }
  }

  func configuration(_ places: Places) throws -> LanguageModelConfiguration {
    var configuration = LanguageModelConfiguration(
      file: file.map { URL(fileURLWithPath: $0) } ?? Installation.model(places), remote: try remote(), cacheMemory: memory << 20,
      timeLimit: .seconds(seconds))
    if let threads { configuration.threads = threads }
    return configuration
  }

  private func remote() throws -> RemoteModelConfiguration? {
    guard let server = server ?? Self.environment("SERVER") else { return nil }
    guard let name = name ?? Self.environment("NAME") else {
      throw ValidationError("A model server needs --model-name or OSUSUME_MODEL_NAME.")
    }
    var remote = RemoteModelConfiguration(baseURL: server, model: name, key: Self.environment("KEY"))
    if let word = dialect ?? Self.environment("DIALECT") {
      guard let known = RemoteModelConfiguration.Dialect(rawValue: word) else {
        throw ValidationError(
          "No dialect \"\(word)\": use \(RemoteModelConfiguration.Dialect.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      remote.dialect = known
    }
    return remote
  }

  private static func environment(_ name: String) -> String? {
    let value = ProcessInfo.processInfo.environment["OSUSUME_MODEL_\(name)"]
    return value?.isEmpty == false ? value : nil
  }
}

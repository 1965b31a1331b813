import Foundation
import LanguageModel

/// The body of a request for a chat completion, and what its events hold (OpenAI API reference, "Chat completions"). Names are written
/// with underscores: see `encoder` and `decoder`.
enum ChatCompletion {
  static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = .sortedKeys
    return encoder
  }

  static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  struct Request: Encodable {
    struct StreamOptions: Encodable {
      let includeUsage = true
    }
    struct StructuredOutputs: Encodable {
      let grammar: String
    }

    var model: String
    var messages: [ChatMessage]
    var maxTokens: Int
    var stream = true
    var streamOptions = StreamOptions()
    var temperature: Float
    var topP: Float
    var seed: UInt64
    var topK: Int?
    var minP: Float?
    var repeatPenalty: Float?
    var repeatLastN: Int?
    var repetitionPenalty: Float?
    var grammar: String?
    var structuredOutputs: StructuredOutputs?

    init(_ request: TextRequest, model: String, dialect: RemoteModelConfiguration.Dialect) {
      let sampling = request.sampling
      self.model = model
      messages = request.messages
      maxTokens = request.maximumTokens
      temperature = sampling.temperature
      topP = sampling.topP
      // Servers read the seed as a signed number of 32 bits.
      seed = sampling.seed & 0x7FFF_FFFF
      switch dialect {
      case .openAI: break
      case .llamaServer:
        topK = sampling.topK
        minP = sampling.minP
        repeatPenalty = sampling.repetitionPenalty
        repeatLastN = sampling.penaltyWindow
        grammar = request.grammar
      case .vLLM:
        topK = sampling.topK == 0 ? -1 : sampling.topK
        minP = sampling.minP
        repetitionPenalty = sampling.repetitionPenalty
        structuredOutputs = request.grammar.map(StructuredOutputs.init)
      }
    }
  }

  struct Event: Decodable {
    struct Choice: Decodable {
      struct Delta: Decodable {
        var content: String?
      }
      var delta: Delta?
      var finishReason: String?
    }
    struct Usage: Decodable {
      var promptTokens: Int?
      var completionTokens: Int?
    }

    var choices: [Choice]?
    var usage: Usage?
    var error: Fault?
  }

  /// `{"message": …}`, or a text alone as some servers write it.
  struct Fault: Decodable {
    var message: String

    private enum Key: String, CodingKey { case message }

    init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        message = text
      } else {
        message = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .message)
      }
    }
  }

  /// The body of an answer that is no success.
  struct Refusal: Decodable {
    var error: Fault
  }
}

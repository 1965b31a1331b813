/// A model behind a server that speaks OpenAI's chat completions.
public struct RemoteModelConfiguration: Sendable {
  /// What a server understands beyond OpenAI's own fields.
  public enum Dialect: String, Sendable, CaseIterable, Codable {
    /// OpenAI's fields alone, as for Ollama: temperature, top-p and seed. Requests with a grammar are not sent.
    case openAI = "openai"
    /// llama.cpp's llama-server: `grammar`, `top_k`, `min_p`, `repeat_penalty`, `repeat_last_n`.
    case llamaServer = "llama-server"
    /// vLLM: `structured_outputs.grammar`, `top_k`, `min_p`, `repetition_penalty`.
    case vLLM = "vllm"
  }

  /// Address up to the version, such as `http://127.0.0.1:8080/v1`.
  public var baseURL: String
  public var model: String
  public var dialect: Dialect
  /// Sent as a bearer token; never written anywhere.
  public var key: String?
  /// How long the server may take up to the first text; a model may have to be loaded.
  public var firstTextLimit: Duration
  /// How long it may be silent between two pieces of the text.
  public var silenceLimit: Duration
  public var retries: RetryPolicy
  /// Bytes of a text at most.
  public var textLimit: Int

  public init(
    baseURL: String, model: String, dialect: Dialect = .openAI, key: String? = nil, firstTextLimit: Duration = .seconds(30),
    silenceLimit: Duration = .seconds(10), retries: RetryPolicy = RetryPolicy(), textLimit: Int = 1 << 20
  ) {
    self.baseURL = baseURL
    self.model = model
    self.dialect = dialect
    self.key = key
    self.firstTextLimit = firstTextLimit
    self.silenceLimit = silenceLimit
    self.retries = retries
    self.textLimit = textLimit
  }
}

// Prints what llama.cpp makes of texts: one line of token ids for each text on standard input, which a NUL byte ends.
// Usage: tokenize VOCABULARY.gguf [special]
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "llama.h"

int main(int argc, char ** argv) {
  if (argc < 2) return 2;
  llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
  llama_model_params params = llama_model_default_params();
  params.vocab_only = true;
  llama_model * model = llama_model_load_from_file(argv[1], params);
  if (!model) return 1;
  const llama_vocab * vocab = llama_model_get_vocab(model);
  const bool special = argc > 2;
  std::string text;
  while (std::getline(std::cin, text, '\0')) {
    std::vector<llama_token> ids(text.size() * 4 + 16);
    const int count = llama_tokenize(vocab, text.data(), (int) text.size(), ids.data(), (int) ids.size(), special, special);
    if (count < 0) return 1;
    for (int i = 0; i < count; i++) std::printf(i ? " %d" : "%d", ids[i]);
    std::printf("\n");
  }
  llama_model_free(model);
}

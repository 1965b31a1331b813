// What llama.cpp computes for a model, as JSON: logits after each of the first tokens of a prompt, the greedy text after it, and the most
// likely token after every token of a longer text. Built by build-peers.sh, used by make-decoder-fixtures.py, make-lora-fixture.py and
// bench-peers.sh.
//   peer-logits MODEL ROWS GREEDY PROMPT TEXT [ADAPTER SCALE]     (token lists with commas; a LoRA file and its strength)
#include <llama.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse(const char *text, llama_token *tokens, int limit) {
  int count = 0;
  for (const char *p = text; *p && count < limit;) {
    tokens[count++] = (llama_token)strtol(p, (char **)&p, 10);
    if (*p == ',') p++;
  }
  return count;
}

static int top(const float *logits, int n) {
  int best = 0;
  for (int i = 1; i < n; i++)
    if (logits[i] > logits[best]) best = i;
  return best;
}

static void silent(enum ggml_log_level level, const char *text, void *data) {
  (void)data;
  if (level >= GGML_LOG_LEVEL_ERROR) fputs(text, stderr);
}

enum { LIMIT = 2048 };

// All positions from `first` on, with logits everywhere.
static int decode(struct llama_context *context, const llama_token *tokens, int count, int first) {
  struct llama_batch batch = llama_batch_init(count, 0, 1);
  for (int i = 0; i < count; i++) {
    batch.token[i] = tokens[i];
    batch.pos[i] = first + i;
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = 0;
    batch.logits[i] = 1;
  }
  batch.n_tokens = count;
  int failed = llama_decode(context, batch);
  llama_batch_free(batch);
  return failed;
}

int main(int argc, char **argv) {
  if (argc != 6 && argc != 8) return fprintf(stderr, "usage: peer-logits MODEL ROWS GREEDY PROMPT TEXT [ADAPTER SCALE]\n"), 2;
  llama_log_set(silent, NULL);
  llama_backend_init();
  struct llama_model *model = llama_model_load_from_file(argv[1], llama_model_default_params());
  if (!model) return 1;
  struct llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = LIMIT;
  params.n_threads = params.n_threads_batch = 1;
  params.type_k = params.type_v = GGML_TYPE_F32;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  struct llama_context *context = llama_init_from_model(model, params);
  if (!context) return 1;
  if (argc == 8) {
    struct llama_adapter_lora *adapter = llama_adapter_lora_init(model, argv[6]);
    float scale = strtof(argv[7], NULL);
    if (!adapter || llama_set_adapters_lora(context, &adapter, 1, &scale)) return 1;
  }
  int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model)), rows = atoi(argv[2]), greedy = atoi(argv[3]);
  static llama_token tokens[LIMIT];
  int count = parse(argv[4], tokens, LIMIT);
  if (decode(context, tokens, count, 0)) return 1;
  printf("{\"logits\": [");
  for (int row = count - rows; row < count; row++) {
    const float *logits = llama_get_logits_ith(context, row);
    for (int i = 0; i < vocabulary; i++) printf("%s%.7g", i ? ", " : row > count - rows ? ", [" : "[", logits[i]);
    printf("]");
  }
  printf("], \"greedy\": [");
  int next = top(llama_get_logits_ith(context, count - 1), vocabulary);
  for (int i = 0; i < greedy; i++) {
    printf("%s%d", i ? ", " : "", next);
    llama_token token = next;
    if (decode(context, &token, 1, count + i)) return 1;
    next = top(llama_get_logits_ith(context, 0), vocabulary);
  }
  llama_memory_clear(llama_get_memory(context), 1);
  count = parse(argv[5], tokens, LIMIT);
  if (decode(context, tokens, count, 0)) return 1;
  printf("], \"top\": [");
  for (int i = 0; i < count; i++) printf("%s%d", i ? ", " : "", top(llama_get_logits_ith(context, i), vocabulary));
  printf("]}\n");
  return 0;
}

#include "CReadline.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t interrupts;

static void on_interrupt(int number) {
  (void)number;
  interrupts = 1;
}

int osu_take_interrupt(void) {
  int was = interrupts;
  interrupts = 0;
  return was;
}

/* Readline calls this while it waits for a key. */
static int clear_line_on_interrupt(void) {
  if (osu_take_interrupt()) {
    rl_replace_line("", 0);
    rl_crlf();
    rl_on_new_line();
    rl_redisplay();
  }
  return 0;
}

void osu_readline_setup(const char *name) {
  setlocale(LC_ALL, "");
  if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
  rl_readline_name = name;
  rl_catch_signals = 0;
  rl_event_hook = clear_line_on_interrupt;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, NULL);
}

void osu_set_completion(rl_completion_func_t *complete) {
  rl_attempted_completion_function = complete;
  rl_basic_word_break_characters = " \t\n";
  rl_completer_quote_characters = "";
}

const char *osu_line_buffer(void) { return rl_line_buffer ? rl_line_buffer : ""; }
void osu_no_filename_completion(void) { rl_attempted_completion_over = 1; }
char *osu_copy(const char *text) { return strdup(text); }
void osu_history_limit(int lines) { stifle_history(lines); }

#ifndef OSUSUME_CREADLINE_H
#define OSUSUME_CREADLINE_H

#include <stdio.h>
#include <stdlib.h>
#include <readline/readline.h>
#include <readline/history.h>

/* Swift sees neither varargs nor the mutable globals of readline: these few lines are the bridge.
   They are called from the chat's one thread, but for osu_take_interrupt, which may be called from any. */

/* Ctrl-C clears the line instead of ending the program; UTF-8 whatever the environment forgot to say. */
void osu_readline_setup(const char *name);
/* Whether Ctrl-C was pressed since the last call. */
int osu_take_interrupt(void);
void osu_set_completion(rl_completion_func_t *complete);
const char *osu_line_buffer(void);
void osu_no_filename_completion(void);
char *osu_copy(const char *text);
void osu_history_limit(int lines);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control page: what the operator asks of all processes, now and of those
 * that start later. A text file beside the users' folders, replaced as a whole
 * by the tool and read by everybody (doc/formats.md).
 */
#ifndef ROUTER_CONTROL_PAGE_H
#define ROUTER_CONTROL_PAGE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum control_verb {
    CONTROL_PAUSE,
    CONTROL_RESUME,
    CONTROL_RELOAD, /* always of all tokens */
    CONTROL_RECONNECT,
    CONTROL_VERBS
};

/* As it is written, and as the command is called. */
extern const char *const control_verb_names[CONTROL_VERBS];

struct control_line {
    enum control_verb verb;
    uint64_t number;  /* of the command; they go up, also over a lost page */
    uint64_t seconds; /* since 1970, when it was given */
    char *token;      /* its label; of one that no rule names its identity;
                         NULL: all */
};

struct control_page {
    uint64_t number; /* of the last command; 0: there was none yet */
    struct control_line *lines;
    size_t n_lines;
};

/* Where it is; the caller frees *out. False: no memory. */
bool control_page_path(const char *runtime_dir, char **out);

/*
 * Reads it; one that is not there is empty. False, with a sentence, when it
 * cannot be read, when others than root and the folder's owner may have written
 * it, or when it is not understood. The caller clears *out in any case.
 * `out_is` (or NULL) is the file that was read, all zeroes where there is none.
 */
bool control_page_read(const char *path, struct control_page *out,
                       struct stat *out_is, struct error *error);
void control_page_clear(struct control_page *page);

/* One more command; of those before it only what still counts is kept. `token`
 * NULL: all. `now_us`: microseconds since 1970. False: no memory. */
bool control_page_add(struct control_page *page, enum control_verb verb,
                      const char *token, uint64_t now_us, struct error *error);

/* Puts it in the place of the one before. */
bool control_page_write(const char *path, const struct control_page *page,
                        struct error *error);

/* The command by which the token is paused now; NULL: it is not. */
const struct control_line *control_page_paused(const struct control_page *page,
                                               const char *token);

/* The last command to read the configuration anew; 0: there was none. */
uint64_t control_page_reload(const struct control_page *page);

/* The last command by which it was given other backend sessions, or NULL. */
const struct control_line *
control_page_reconnected(const struct control_page *page, const char *token);

#endif

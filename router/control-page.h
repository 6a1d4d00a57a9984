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
    CONTROL_MOVED, /* objects of a token in mode "migrate", or its phase */
    CONTROL_DRAIN, /* these three are about a member of one token */
    CONTROL_ADMIT,
    CONTROL_PROMOTE,
    CONTROL_VERBS
};

struct control_line {
    enum control_verb verb;
    uint64_t number;  /* of the command; they go up, also over a lost page */
    uint64_t seconds; /* since 1970, when it was given */
    char *token;      /* its label; of one that no rule names its identity;
                         NULL: all */
    char *member;     /* as control_member_name has it; or NULL */
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

/* What a command is about. */
struct control_aim {
    const char *token;  /* NULL: all */
    const char *member; /* NULL: the token as a whole */
};

/* One more command; of those before it only what still counts is kept.
 * `now_us`: microseconds since 1970. False: no memory. */
bool control_page_add(struct control_page *page, enum control_verb verb,
                      const struct control_aim *aim, uint64_t now_us,
                      struct error *error);

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

/* The last command that says that something of it was moved, or NULL. */
const struct control_line *control_page_moved(const struct control_page *page,
                                              const char *token);

/* What a member is called there: its module and its match, so that another
 * order of the members changes nothing. The caller frees it; NULL: no memory.
 */
struct config_member;
char *control_member_name(const struct config_member *rule);

/* The last command by which it was drained or let in again, or NULL. */
const struct control_line *control_page_member(const struct control_page *page,
                                               const struct control_aim *aim);

/* The command that says which member of the token comes first, or NULL. */
const struct control_line *
control_page_promoted(const struct control_page *page, const char *token);

#endif

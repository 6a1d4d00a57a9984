/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a path cannot be used by the user that this process runs as. */
#ifndef CLI_PATH_H
#define CLI_PATH_H

#include <sys/types.h>

enum path_state { PATH_FINE, PATH_MISSING, PATH_FORBIDDEN };

struct path_trouble {
    enum path_state state;
    char *why;  /* a sentence; the caller frees both */
    char *todo; /* what the owner would do */
};

/* `access` as of access(2): R_OK, W_OK, X_OK. Goes along the path and names
 * the first part that is missing or closed. */
enum path_state path_look(const char *path, int access,
                          struct path_trouble *out);
void path_trouble_clear(struct path_trouble *trouble);

/* The name of that user, and of another one; the caller frees it. */
char *path_user(void);
char *path_name_user(uid_t user);

#endif

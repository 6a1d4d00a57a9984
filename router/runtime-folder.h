/* SPDX-License-Identifier: BSD-3-Clause */
/* The folders of running processes: one for each user in the runtime
 * directory, and a name that says which process a file is of. */
#ifndef ROUTER_RUNTIME_FOLDER_H
#define ROUTER_RUNTIME_FOLDER_H

#include "common/birth.h"
#include "common/error.h"

enum { RUNTIME_FILE_NAME = 72 };

void runtime_name(const struct birth *birth, char out[RUNTIME_FILE_NAME]);

/* False for anything else. */
bool runtime_read_name(const char *name, struct birth *out);

/* Whose a file is: its name, or more words behind it, each after a dot. */
bool runtime_read_owner(const char *name, struct birth *out);

/*
 * Opens the folder of a user, which belongs to him and which nobody else may
 * change. -1 with `error`, and errno.
 */
int runtime_open_folder(const char *runtime_dir, uid_t user,
                        struct error *error);

/* That of the process's own user, made where it is missing. */
int runtime_make_folder(const char *runtime_dir, struct error *error);

/* Removes what dead processes left there, of which `is_alive` tells. */
void runtime_sweep(int folder, bool (*is_alive)(const struct birth *birth));

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* Folders in the state folder. */
#ifndef ROUTER_STATE_FOLDER_H
#define ROUTER_STATE_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

/* The caller frees it. NULL: no memory. */
char *state_folder_path(const char *state_dir, const char *name);

/* The file of a token in such a folder, with its label in the name, which may
 * hold what a file's name may not; the same holds. */
char *state_folder_file(const char *folder, const char *label,
                        const char *suffix);

/* Makes it where it is not there. It belongs to whom the state folder does, so
 * that whoever may write finds it his own, though it was root who needed it
 * first. One that is there gets what its mode lacks, from who may change it.
 * False with errno. */
bool state_folder_make(const char *state_dir, const char *path, mode_t mode);

#endif

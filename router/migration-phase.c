/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and writes the file that says how far a migration is. */
#include "router/migration-phase.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "router/control-page.h"
#include "router/state-folder.h"
#include "router/state-lock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const names[MIGRATION_PHASES] = {
    [MIGRATION_MOVING] = "moving",
    [MIGRATION_ROLLED_BACK] = "rolled-back",
    [MIGRATION_FINISHED] = "finished",
};

const char *
migration_phase_name(enum migration_phase phase)
{
    return names[phase];
}

/* -- The file ----------------------------------------------------------------
 */

enum { LONGEST = 64 * 1024 };

/* All but the phase itself. */
static char *
make_text(const struct config_token *rule)
{
    CLEANUP(freep)
    char *its_new = control_member_name(&rule->members[MIGRATE_NEW]);
    CLEANUP(freep)
    char *its_old = control_member_name(&rule->members[MIGRATE_OLD]);
    char *text;

    if (its_new == NULL || its_old == NULL ||
        asprintf(&text, "p11mux migration 1\ntoken %s\nnew %s\nold %s\nphase ",
                 rule->label, its_new, its_old) < 0)
        return NULL;
    return text;
}

struct place {
    char *folder;
    char *path;
    char *text;
};

static void
place_clear(struct place *place)
{
    free(place->folder);
    free(place->path);
    free(place->text);
}

static bool
place_find(struct place *place, const char *state_dir,
           const struct config_token *rule, struct error *error)
{
    place->folder = state_folder_path(state_dir, "migrations");
    if (place->folder != NULL)
        place->path = state_folder_file(place->folder, rule->label, ".phase");
    place->text = make_text(rule);
    return (place->path != NULL && place->text != NULL) ||
           error_set(error, CKR_HOST_MEMORY, "out of memory");
}

/* -- Reading ----------------------------------------------------------------
 */

/* The phase is the last word, in a line of its own. */
static bool
read_word(const char *word, enum migration_phase *out)
{
    for (unsigned i = 0; i < MIGRATION_PHASES; i++) {
        size_t length = strlen(names[i]);

        if (strncmp(word, names[i], length) != 0 ||
            strcmp(word + length, "\n") != 0)
            continue;
        *out = (enum migration_phase)i;
        return true;
    }
    return false;
}

bool
migration_phase_read(const char *state_dir, const struct config_token *rule,
                     enum migration_phase *out, struct error *error)
{
    CLEANUP(place_clear) struct place place = { .folder = NULL };
    CLEANUP(freep) char *bytes = NULL;
    struct stat above, its;
    size_t length;

    *out = MIGRATION_MOVING;
    if (!place_find(&place, state_dir, rule, error))
        return false;
    if (stat(place.path, &its) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (stat(state_dir, &above) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be looked at: %s; let its users read it",
                         state_dir, error_reason(errno));
    if (!file_read_owned(place.path, above.st_uid, LONGEST, &bytes, &length,
                         error))
        return false;
    if (strlen(bytes) == length &&
        strncmp(bytes, place.text, strlen(place.text)) == 0 &&
        read_word(bytes + strlen(place.text), out))
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: does not say how far the migration of token \"%s\" "
                     "between these two members is; it stays what it was, and "
                     "is \"%s\" for who starts; give them the module and match "
                     "that they had, or "
                     "remove the file",
                     place.path, rule->label, names[MIGRATION_MOVING]);
}

/* -- Writing ----------------------------------------------------------------
 */

int
migration_phase_lock(const char *state_dir, const struct config_token *rule,
                     struct error *error)
{
    enum { WAIT_MS = 10000 };
    static const struct state_lock its = { ".phase",
                                           "changes how far the migration is" };

    return state_lock_take(state_dir, rule->label, &its, true,
                           deadline_in(WAIT_MS), error);
}

bool
migration_phase_write(const char *state_dir, const struct config_token *rule,
                      enum migration_phase phase, struct error *error)
{
    CLEANUP(place_clear) struct place place = { .folder = NULL };
    CLEANUP(freep) char *text = NULL;

    if (!place_find(&place, state_dir, rule, error))
        return false;
    if (!state_folder_make(state_dir, place.folder, 0755))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be made: %s; make it for who moves "
                         "objects",
                         place.folder, error_reason(errno));
    if (asprintf(&text, "%s%s\n", place.text, names[phase]) < 0) {
        text = NULL;
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    }
    /* Each application has to know it. */
    return file_replace(place.path, text, strlen(text), 0644, error);
}

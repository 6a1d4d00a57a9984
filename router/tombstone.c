/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and writes what is hidden on an old member. */
#include "router/tombstone.h"

#include "common/cleanup.h"
#include "common/log.h"
#include "router/migration.h"
#include "router/mode.h"
#include "router/slot-list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
tombstones_may_be_on(const struct member *member)
{
    return mode_facts[member->token->mode].moves_objects &&
           member->index == MIGRATE_OLD;
}

static const char *
state_dir_of(const struct member *member)
{
    return slot_list_config(member->token->list)->state_dir;
}

/* -- Reading -----------------------------------------------------------------
 */

/* Once a process: it is the same for all that it looks at. */
static void
complain(const struct token *token, const struct error *error)
{
    static _Atomic(bool) is_said;

    if (!atomic_exchange(&is_said, true))
        log_write(LOG_LEVEL_ERROR,
                  "%s; token \"%s\" shows what was destroyed and is hidden by "
                  "it until it can be read",
                  error->text, token->label);
}

/* Nobody would know any more what it hides where the configuration has changed.
 */
static bool
is_astray(const struct journal_entry *entry, const struct member *member,
          struct error *error)
{
    if (strcmp(entry->token, member->token->label) != 0 ||
        journal_is_about(entry, member))
        return false;
    (void)error_set(error, CKR_FUNCTION_FAILED,
                    "%s: hides an object on a member (module %s, %s) that the "
                    "configuration does not name as the old one any more; name "
                    "it so, or remove the file",
                    entry->path, entry->to.module, entry->to.match);
    return true;
}

void
tombstones_read(struct tombstones *tombstones, const struct member *member)
{
    struct error error = { .rv = CKR_OK };

    *tombstones = (struct tombstones){ .is_dark = false };
    if (!tombstones_may_be_on(member))
        return;
    if (journal_read_tombstones(state_dir_of(member), &tombstones->journal,
                                &error) &&
        journal_read_about(&tombstones->journal, member, is_astray, &error))
        return;
    complain(member->token, &error);
    tombstones->is_dark = true;
}

void
tombstones_clear(struct tombstones *tombstones)
{
    journal_clear(&tombstones->journal);
}

/* -- What they hide ----------------------------------------------------------
 */

/* A private key may have told which one it is by a public key that has gone
 * since; by its name alone it was the only one then (identity-twin.c). */
static bool
is_silent(const struct identity *identity)
{
    return identity->object_class == CKO_PRIVATE_KEY &&
           !identity->has_fingerprint &&
           (identity->id_length > 0 || identity->label_length > 0);
}

/* The same key under another name is another object, which nobody has
 * destroyed. */
bool
tombstone_is_of(const struct journal_entry *entry,
                const struct identity *identity)
{
    return identity_is_called_alike(entry->identity, identity) &&
           entry->identity->is_token == identity->is_token &&
           (identity_is_same_key(entry->identity, identity) ||
            (entry->is_by_name && is_silent(identity)));
}

bool
tombstones_hide(const struct tombstones *tombstones,
                const struct identity *identity)
{
    for (size_t i = 0; i < tombstones->journal.n_entries; i++)
        if (tombstone_is_of(&tombstones->journal.entries[i], identity))
            return true;
    return false;
}

bool
tombstones_doubt(const struct tombstones *tombstones,
                 const struct identity *identity)
{
    const struct journal *journal = &tombstones->journal;

    for (size_t i = 0; i < journal->n_entries; i++)
        if (identity_is_same_key(journal->entries[i].identity, identity) &&
            !tombstone_is_of(&journal->entries[i], identity))
            return true;
    return false;
}

bool
tombstone_hides(const struct member *member, const struct identity *identity)
{
    CLEANUP(tombstones_clear) struct tombstones tombstones;

    tombstones_read(&tombstones, member);
    return tombstones_hide(&tombstones, identity);
}

void
tombstone_bury(const struct member *member, CK_OBJECT_HANDLE handle)
{
    struct object_space *objects = member->token->objects;

    if (object_space_is_elsewhere(objects, handle, member->index))
        object_space_unbind(objects, handle, member->index);
    else
        object_space_remove(objects, handle);
}

static void
bury_all(const struct member *member)
{
    struct object_space *objects = member->token->objects;
    CLEANUP(tombstones_clear) struct tombstones tombstones;
    CLEANUP(freep) CK_OBJECT_HANDLE *handles = NULL;
    size_t room, count;

    tombstones_read(&tombstones, member);
    if (tombstones.journal.n_entries == 0)
        return;
    room = object_space_count(objects);
    handles = calloc(room + 1, sizeof(*handles));
    if (handles == NULL)
        return; /* the next look does it */
    count = object_space_list(objects, member->index, handles, room);
    for (size_t i = 0; i < count; i++) {
        CLEANUP(identity_freep)
        struct identity *identity = object_space_identity(objects, handles[i]);

        if (identity == NULL)
            continue;
        if (tombstones_hide(&tombstones, identity))
            tombstone_bury(member, handles[i]);
        else if (tombstones_doubt(&tombstones, identity))
            object_space_outlive(objects, handles[i], member->index);
    }
}

/* Since two changes may have the same time, one that is just over is looked at
 * again. */
static bool
has_changed(const struct member *member, struct tombstones_seen *seen)
{
    enum { FRESH_S = 2 };
    CLEANUP(freep)
    char *folder = journal_folder(state_dir_of(member), JOURNAL_TOMBSTONE);
    struct timespec now;
    struct stat its = { .st_mtim = { 0, 0 } };
    bool is_news;

    if (folder == NULL || stat(folder, &its) != 0)
        return false;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    is_news = seen->is_fresh || its.st_mtim.tv_sec != seen->changed_at.tv_sec ||
              its.st_mtim.tv_nsec != seen->changed_at.tv_nsec;
    seen->changed_at = its.st_mtim;
    seen->is_fresh = now.tv_sec - its.st_mtim.tv_sec < FRESH_S;
    return is_news;
}

void
tombstones_follow(const struct member *member, struct tombstones_seen *seen)
{
    if (tombstones_may_be_on(member) && has_changed(member, seen))
        bury_all(member);
}

/* -- Writing -----------------------------------------------------------------
 */

bool
tombstone_write(const struct member *member, const struct identity *identity,
                bool is_by_name, char **out_path, struct error *error)
{
    const struct token *token = member->token;
    /* One that was never there nobody can tell. */
    CLEANUP(freep)
    char *its = atomic_load(&member->functions) == NULL
                    ? NULL
                    : journal_token_of(member);
    const struct journal_entry entry = {
        .kind = JOURNAL_TOMBSTONE,
        .token = (char *)(uintptr_t)token->label,
        .from = journal_member_of(&token->members[MIGRATE_NEW]),
        .to = journal_member_of(member),
        .to_token = its,
        .identity = (struct identity *)(uintptr_t)identity,
        .is_by_name = is_by_name,
    };

    return journal_write(state_dir_of(member), &entry, out_path, error);
}

bool
tombstone_remove(const char *path, struct error *error)
{
    return unlink(path) == 0 || errno == ENOENT ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be removed: %s; remove it, it hides what "
                     "should be seen",
                     path, error_reason(errno));
}

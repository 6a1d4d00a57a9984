/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a counters file, which its owner may change at any time. */
#include "cli/shown.h"

#include "cli/memory.h"
#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

/* More rows than any process has, and not so many that somebody could keep the
 * tool busy with them. */
enum { MOST_TOKENS = 10 * 1000, MOST_TRIES = 100 };

/* A file that is being read, and what it is called. */
struct source {
    int descriptor;
    const char *path;
    struct error *error;
};

static enum shown_found
refuse(const struct source *source, const char *why)
{
    (void)error_set(source->error, CKR_FUNCTION_FAILED, "%s: %s", source->path,
                    why);
    return SHOWN_WRONG;
}

static bool
read_at(const struct source *source, void *out, size_t length, size_t offset)
{
    return pread(source->descriptor, out, length, (off_t)offset) ==
           (ssize_t)length;
}

/* -- What it says of itself ------------------------------------------------ */

static enum shown_found
check_head(const struct source *source, const struct counters_head *head)
{
    static const char nothing[sizeof(head->magic)];

    if (memcmp(head->magic, nothing, sizeof(nothing)) == 0)
        return SHOWN_NOT_YET;
    if (memcmp(head->magic, counters_magic, sizeof(head->magic)) != 0)
        return refuse(source, "is no counters file; remove it");
    if (head->version != COUNTERS_VERSION) {
        (void)error_set(source->error, CKR_FUNCTION_FAILED,
                        "%s: process %llu shows layout %u, and this tool reads "
                        "layout %d; restart the process, or use the tool that "
                        "came with its p11mux.so",
                        source->path, (unsigned long long)head->pid,
                        (unsigned)head->version, COUNTERS_VERSION);
        return SHOWN_WRONG;
    }
    if (head->n_tokens > MOST_TOKENS || head->n_members > MOST_TOKENS ||
        head->picture_size !=
            counters_picture_size(head->n_tokens, head->n_members))
        return refuse(source, "is damaged; restart its process");
    return atomic_load(&head->sequence) == 0 ? SHOWN_NOT_YET : SHOWN_WHOLE;
}

static void
end_texts(struct counters_token *token)
{
    token->label[sizeof(token->label) - 1] = '\0';
    for (unsigned i = 0; i < COUNTERS_USES; i++)
        token->uses[i].label[sizeof(token->uses[i].label) - 1] = '\0';
}

static bool
is_whole(const struct counters_head *head, struct counters_picture *picture)
{
    struct counters_token *tokens = counters_tokens(picture);
    struct counters_member *members = counters_members(picture, head->n_tokens);

    if (picture->n_tokens > head->n_tokens ||
        picture->n_members > head->n_members)
        return false;
    for (uint32_t i = 0; i < picture->n_tokens; i++)
        end_texts(&tokens[i]);
    for (uint32_t i = 0; i < picture->n_members; i++) {
        members[i].name[sizeof(members[i].name) - 1] = '\0';
        if (members[i].token >= picture->n_tokens ||
            members[i].state >= N_COUNTER_STATES)
            return false;
    }
    return true;
}

/* -- Reading -----------------------------------------------------------------
 */

/* The picture that was whole before and after it was read. */
static enum shown_found
read_picture(const struct source *source, struct counters_head *head,
             struct counters_picture *out)
{
    for (unsigned i = 0; i < MOST_TRIES; i++) {
        uint64_t sequence = atomic_load(&head->sequence), now = 0;
        size_t offset =
            COUNTERS_HEAD_SIZE + (sequence & 1) * head->picture_size;

        if (!read_at(source, out, head->picture_size, offset) ||
            !read_at(source, &now, sizeof(now),
                     offsetof(struct counters_head, sequence)))
            return refuse(source, "is cut off; restart its process");
        if (now == sequence)
            return is_whole(head, out)
                       ? SHOWN_WHOLE
                       : refuse(source, "is damaged; restart its process");
        atomic_store(&head->sequence, now);
    }
    return refuse(source, "changes all the time; try again");
}

static enum shown_found
read_all(const struct source *source, struct shown *out)
{
    struct counters_head head;
    enum shown_found found;

    if (!read_at(source, &head, sizeof(head), 0))
        return SHOWN_NOT_YET;
    found = check_head(source, &head);
    if (found != SHOWN_WHOLE)
        return found;
    out->picture = memory_new(1, head.picture_size);
    found = read_picture(source, &head, out->picture);
    if (found != SHOWN_WHOLE) {
        shown_clear(out);
        return found;
    }
    head.program[sizeof(head.program) - 1] = '\0';
    out->program = memory_copy(head.program);
    out->pid = head.pid;
    out->started_us = head.started_us;
    out->tokens = counters_tokens(out->picture);
    out->members = counters_members(out->picture, head.n_tokens);
    return SHOWN_WHOLE;
}

enum shown_found
shown_read(int folder, const char *name, const char *path, uid_t user,
           struct shown *out, struct error *error)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    CLEANUP(closep) int descriptor = openat(folder, name, flags);
    struct source source = { descriptor, path, error };
    struct stat status;

    memset(out, 0, sizeof(*out));
    out->user = user;
    if (descriptor < 0)
        return errno == ENOENT ? SHOWN_NOT_YET
                               : refuse(&source, "cannot be opened; check who "
                                                 "may read it");
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != user)
        return refuse(&source, "is not a file of the folder's owner; remove "
                               "it");
    return read_all(&source, out);
}

void
shown_clear(struct shown *shown)
{
    free(shown->picture);
    free(shown->program);
    shown->picture = NULL;
    shown->program = NULL;
}

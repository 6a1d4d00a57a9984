/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the files of copies that are being made, and tombstones:
 * doc/formats.md. */
#include "router/transfer/journal-private.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "router/runtime-folder.h"
#include "router/slot-number.h"
#include "router/slot-state.h"
#include "router/state-folder.h"
#include "router/token.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
put_bytes(FILE *stream, const char *name, const void *bytes, size_t length)
{
    CLEANUP(freep) char *text = malloc(2 * length + 1);

    if (text == NULL)
        return false;
    text[0] = '\0';
    return (length == 0 || OPENSSL_buf2hexstr_ex(text, 2 * length + 1, NULL,
                                                 bytes, length, '\0') == 1) &&
           fprintf(stream, "%s %s\n", name, text) > 0;
}

static bool
put_text(FILE *stream, const char *name, const char *text)
{
    return put_bytes(stream, name, text, strlen(text));
}

static bool
put_identity(FILE *stream, const struct identity *its)
{
    return fprintf(stream, "class %lu\ntype %lu\ntoken-object %d\nprivate %d\n",
                   its->object_class, its->key_type, its->is_token,
                   its->is_private) > 0 &&
           put_bytes(stream, "id", its->id, its->id_length) &&
           put_bytes(stream, "label", its->label, its->label_length) &&
           (!its->has_fingerprint ||
            put_bytes(stream, "fingerprint", its->fingerprint,
                      sizeof(its->fingerprint))) &&
           (!its->has_content ||
            put_bytes(stream, "content", its->content, sizeof(its->content))) &&
           (!its->has_check_value ||
            put_bytes(stream, "check-value", its->check_value,
                      sizeof(its->check_value)));
}

static bool
put_entry(FILE *stream, const struct journal_entry *entry)
{
    return fputs(journal_facts[entry->kind].first_line, stream) >= 0 &&
           put_text(stream, "token", entry->token) &&
           put_text(stream, "from-module", entry->from.module) &&
           put_text(stream, "from-match", entry->from.match) &&
           put_text(stream, "to-module", entry->to.module) &&
           put_text(stream, "to-match", entry->to.match) &&
           (entry->from_token == NULL ||
            put_text(stream, "from-token", entry->from_token)) &&
           (entry->to_token == NULL ||
            put_text(stream, "to-token", entry->to_token)) &&
           put_identity(stream, entry->identity) &&
           (!entry->is_by_name || fputs("by-name 1\n", stream) >= 0);
}

/* Nothing in it is secret, and applications look which copies are not proven,
 * and what is buried. */
static bool
make_folder(const char *state_dir, enum journal_kind kind, const char *folder,
            struct error *error)
{
    return state_folder_make(state_dir, folder, 0755) ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be made: %s; make it for %s", folder,
                     error_reason(errno), journal_facts[kind].who);
}

/* By a file that is in use, or was left. */
static bool
is_taken(const char *path)
{
    CLEANUP(freep) char *left = NULL;

    return access(path, F_OK) == 0 ||
           (asprintf(&left, "%s" JOURNAL_LEFT, path) >= 0 &&
            access(left, F_OK) == 0);
}

/* One for each entry of this process. A process of before the machine was
 * started may have had its name. */
static bool
choose_path(const char *state_dir, enum journal_kind kind, char **out,
            struct error *error)
{
    static _Atomic(unsigned) last;
    CLEANUP(freep) char *folder = journal_folder(state_dir, kind);
    char name[RUNTIME_FILE_NAME];
    struct birth self;

    if (folder == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    if (!make_folder(state_dir, kind, folder, error))
        return false;
    if (!birth_of_self(&self))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "/proc/self/stat: cannot be read, so that nobody "
                         "would know whose %s is; mount /proc",
                         folder);
    runtime_name(&self, name);
    do {
        free(*out);
        if (asprintf(out, "%s/%s.%u", folder, name,
                     atomic_fetch_add(&last, 1)) < 0) {
            *out = NULL;
            return error_set(error, CKR_HOST_MEMORY, "out of memory");
        }
    } while (is_taken(*out));
    return true;
}

struct journal_member
journal_member_of(const struct member *member)
{
    static char no_name[] = ""; /* of what no rule names */
    const struct config_member *rule = member->rule;

    return (struct journal_member){ rule->module == NULL ? no_name
                                                         : rule->module->name,
                                    rule->match.uri };
}

char *
journal_token_of(const struct member *member)
{
    CK_TOKEN_INFO info;

    slot_list_recall(member->token->list, member, &info);
    return slot_identity(journal_member_of(member).module, &info, 0);
}

bool
journal_is_writable(const char *state_dir, struct error *error)
{
    CLEANUP(freep) char *folder = journal_folder(state_dir, JOURNAL_COPY);

    if (folder == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return make_folder(state_dir, JOURNAL_COPY, folder, error) &&
           (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 ||
            error_set(error, CKR_FUNCTION_FAILED,
                      "%s: cannot be written: %s; make it for who copies "
                      "objects",
                      folder, error_reason(errno)));
}

bool
journal_write(const char *state_dir, const struct journal_entry *entry,
              char **out_path, struct error *error)
{
    CLEANUP(freep) char *path = NULL;
    CLEANUP(freep) char *text = NULL;
    size_t length;
    FILE *stream;
    bool is_put;

    if (!choose_path(state_dir, entry->kind, &path, error))
        return false;
    stream = open_memstream(&text, &length);
    is_put = stream != NULL && put_entry(stream, entry);
    if (stream == NULL || fclose(stream) != 0 || !is_put)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    if (!file_replace(path, text, length, 0644, error))
        return false;
    *out_path = path;
    path = NULL;
    return true;
}

bool
journal_remove(const char *path, struct error *error)
{
    return unlink(path) == 0 || errno == ENOENT ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be removed: %s; remove it, the copy that it "
                     "tells of is whole",
                     path, error_reason(errno));
}

bool
journal_leave(const char *path, struct error *error)
{
    CLEANUP(freep) char *left = NULL;

    if (asprintf(&left, "%s" JOURNAL_LEFT, path) < 0)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return rename(path, left) == 0 ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: cannot be renamed: %s; the copy that it tells of is "
                     "only mended when this process has ended",
                     path, error_reason(errno));
}

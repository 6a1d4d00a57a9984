/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the files of copies that were left half way, and tombstones:
 * doc/formats.md. */
#include "router/transfer/journal-private.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "router/runtime-folder.h"
#include "router/state-folder.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST = 256 * 1024 };

const struct journal_facts journal_facts[JOURNAL_KINDS] = {
    [JOURNAL_COPY] = { .folder = "transfers",
                       .first_line = "p11mux transfer 1\n",
                       .who = "who copies objects",
                       .advice = "compare the members with p11mux group and "
                                 "remove it" },
    [JOURNAL_TOMBSTONE] = { .folder = "tombstones",
                            .first_line = "p11mux tombstone 1\n",
                            .who = "who destroys objects",
                            .advice = "see what is on the old member with "
                                      "p11mux migrate status and remove it" },
};

char *
journal_folder(const char *state_dir, enum journal_kind kind)
{
    return state_folder_path(state_dir, journal_facts[kind].folder);
}

/* A file, and where reading has come to. */
struct text {
    enum journal_kind kind;
    const char *path;
    char *rest;
    unsigned line;
    struct error *error;
};

static bool
refuse(const struct text *text, const char *what)
{
    return error_set(text->error, CKR_FUNCTION_FAILED,
                     "%s:%u: %s; the file is not one that p11mux has written: "
                     "%s",
                     text->path, text->line, what,
                     journal_facts[text->kind].advice);
}

/* The next line's value, where it has this name. */
static char *
take(struct text *text, const char *name)
{
    size_t length = strlen(name);
    char *value = text->rest;
    char *end = value == NULL ? NULL : strchr(value, '\n');

    if (end == NULL || strncmp(value, name, length) != 0 ||
        value[length] != ' ')
        return NULL;
    *end = '\0';
    text->rest = end + 1;
    text->line++;
    return value + length + 1;
}

/* The caller frees *out, which ends with a NUL that is not counted. */
static bool
take_bytes(struct text *text, const char *name, unsigned char **out,
           size_t *length)
{
    const char *value = take(text, name);
    size_t room = value == NULL ? 0 : strlen(value) / 2;

    if (value == NULL)
        return refuse(text, name);
    *out = calloc(1, room + 1);
    if (*out == NULL)
        return error_set(text->error, CKR_HOST_MEMORY, "out of memory");
    *length = room;
    return room == 0 ||
           OPENSSL_hexstr2buf_ex(*out, room, length, value, '\0') == 1 ||
           refuse(text, name);
}

static bool
take_text(struct text *text, const char *name, char **out)
{
    size_t length;

    return take_bytes(text, name, (unsigned char **)out, &length) &&
           (strlen(*out) == length || refuse(text, name));
}

static bool
take_number(struct text *text, const char *name, CK_ULONG *out)
{
    const char *value = take(text, name);
    char *end;

    if (value == NULL || *value < '0' || *value > '9')
        return refuse(text, name);
    *out = strtoul(value, &end, 10);
    return *end == '\0' || refuse(text, name);
}

static bool
is_next(const struct text *text, const char *name)
{
    return text->rest != NULL && strncmp(text->rest, name, strlen(name)) == 0;
}

/* One of a fixed length, which may be missing. */
static bool
take_hash(struct text *text, const char *name, unsigned char *out,
          size_t length, bool *has)
{
    CLEANUP(freep) unsigned char *bytes = NULL;
    size_t its;

    *has = is_next(text, name);
    if (!*has)
        return true;
    if (!take_bytes(text, name, &bytes, &its))
        return false;
    if (its != length)
        return refuse(text, name);
    memcpy(out, bytes, length);
    return true;
}

static bool
take_identity(struct text *text, struct identity **out)
{
    CLEANUP(freep) unsigned char *id = NULL;
    CLEANUP(freep) unsigned char *label = NULL;
    struct identity its = { .has_fingerprint = false };
    CK_ULONG is_token, is_private;

    if (!take_number(text, "class", &its.object_class) ||
        !take_number(text, "type", &its.key_type) ||
        !take_number(text, "token-object", &is_token) ||
        !take_number(text, "private", &is_private) ||
        !take_bytes(text, "id", &id, &its.id_length) ||
        !take_bytes(text, "label", &label, &its.label_length) ||
        !take_hash(text, "fingerprint", its.fingerprint,
                   sizeof(its.fingerprint), &its.has_fingerprint) ||
        !take_hash(text, "content", its.content, sizeof(its.content),
                   &its.has_content) ||
        !take_hash(text, "check-value", its.check_value,
                   sizeof(its.check_value), &its.has_check_value))
        return false;
    its.is_token = is_token != 0;
    its.is_private = is_private != 0;
    its.id = id;
    its.label = label;
    *out = identity_copy(&its);
    return *out != NULL ||
           error_set(text->error, CKR_HOST_MEMORY, "out of memory");
}

/* Only said where it is so. */
static bool
take_truth(struct text *text, const char *name, bool *out)
{
    CK_ULONG number = 0;

    if (is_next(text, name) && !take_number(text, name, &number))
        return false;
    *out = number != 0;
    return true;
}

static bool
take_entry(struct text *text, struct journal_entry *entry)
{
    return take_text(text, "token", &entry->token) &&
           take_text(text, "from-module", &entry->from.module) &&
           take_text(text, "from-match", &entry->from.match) &&
           take_text(text, "to-module", &entry->to.module) &&
           take_text(text, "to-match", &entry->to.match) &&
           (!is_next(text, "from-token") ||
            take_text(text, "from-token", &entry->from_token)) &&
           (!is_next(text, "to-token") ||
            take_text(text, "to-token", &entry->to_token)) &&
           take_identity(text, &entry->identity) &&
           take_truth(text, "by-name", &entry->is_by_name);
}

bool
journal_read_entry(const struct journal *journal, struct journal_entry *entry,
                   struct error *error)
{
    CLEANUP(freep) char *bytes = NULL;
    const char *first_line = journal_facts[entry->kind].first_line;
    struct text text = {
        .kind = entry->kind, .path = entry->path, .line = 1, .error = error
    };
    size_t length;

    if (!file_read_owned(entry->path, journal->owner, LONGEST, &bytes, &length,
                         error))
        return false;
    if (strlen(bytes) != length ||
        strncmp(bytes, first_line, strlen(first_line)) != 0)
        return refuse(&text, "an unknown form");
    text.rest = bytes + strlen(first_line);
    text.line++;
    return take_entry(&text, entry);
}

static bool
add_entry(struct journal *journal, enum journal_kind kind, const char *folder,
          const char *name, struct error *error)
{
    struct journal_entry *entries =
        realloc(journal->entries,
                (journal->n_entries + 1) * sizeof(*journal->entries));
    struct journal_entry *entry;

    if (entries == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    journal->entries = entries;
    entry = &entries[journal->n_entries];
    *entry = (struct journal_entry){ .kind = kind };
    if (asprintf(&entry->path, "%s/%s", folder, name) < 0)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    journal->n_entries++;
    return true;
}

/* Nobody is about it any more. */
static bool
is_left(const char *name)
{
    size_t length = strlen(name), its = strlen(JOURNAL_LEFT);
    struct birth owner;

    return runtime_read_owner(name, &owner) &&
           ((length > its && strcmp(name + length - its, JOURNAL_LEFT) == 0) ||
            !birth_is_alive_anywhere(&owner));
}

static void
close_folder(DIR **stream)
{
    if (*stream != NULL)
        (void)closedir(*stream);
}

static bool
is_one(const char *name)
{
    struct birth owner;

    return runtime_read_owner(name, &owner);
}

static bool
read_folder(const char *state_dir, enum journal_kind kind,
            bool (*is_wanted)(const char *name), struct journal *out,
            struct error *error)
{
    CLEANUP(freep) char *folder = journal_folder(state_dir, kind);
    CLEANUP(close_folder) DIR *stream = NULL;
    const struct dirent *item;
    bool is_read = true;
    struct stat its;

    *out = (struct journal){ .entries = NULL };
    if (folder == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    stream = opendir(folder);
    if (stream == NULL && errno == ENOENT)
        return true;
    if (stream == NULL || fstat(dirfd(stream), &its) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be read: %s; run p11mux as its owner",
                         folder, error_reason(errno));
    out->owner = its.st_uid;
    while (is_read && (item = readdir(stream)) != NULL)
        if (is_wanted(item->d_name))
            is_read = add_entry(out, kind, folder, item->d_name, error);
    return is_read;
}

bool
journal_read(const char *state_dir, struct journal *out, struct error *error)
{
    return read_folder(state_dir, JOURNAL_COPY, is_left, out, error);
}

bool
journal_read_all(const char *state_dir, struct journal *out,
                 struct error *error)
{
    return read_folder(state_dir, JOURNAL_COPY, is_one, out, error);
}

bool
journal_read_tombstones(const char *state_dir, struct journal *out,
                        struct error *error)
{
    return read_folder(state_dir, JOURNAL_TOMBSTONE, is_one, out, error);
}

/* As file_replace calls it until it is whole. */
static bool
is_scrap(const char *name)
{
    struct birth owner;

    return name[0] == '.' && runtime_read_owner(name + 1, &owner) &&
           !birth_is_alive_anywhere(&owner);
}

static void
sweep(const char *state_dir, enum journal_kind kind)
{
    CLEANUP(journal_clear) struct journal scraps;
    struct error error = { .rv = CKR_OK };

    if (!read_folder(state_dir, kind, is_scrap, &scraps, &error))
        return; /* who reads what is whole says so */
    for (size_t i = 0; i < scraps.n_entries; i++)
        (void)unlink(scraps.entries[i].path);
}

void
journal_sweep(const char *state_dir)
{
    sweep(state_dir, JOURNAL_COPY);
    sweep(state_dir, JOURNAL_TOMBSTONE);
}

void
journal_entry_clear(struct journal_entry *entry)
{
    free(entry->token);
    free(entry->from.module);
    free(entry->from.match);
    free(entry->to.module);
    free(entry->to.match);
    free(entry->from_token);
    free(entry->to_token);
    free(entry->path);
    identity_free(entry->identity);
    *entry = (struct journal_entry){ .token = NULL };
}

void
journal_clear(struct journal *journal)
{
    for (size_t i = 0; i < journal->n_entries; i++)
        journal_entry_clear(&journal->entries[i]);
    free(journal->entries);
    *journal = (struct journal){ .entries = NULL };
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of copies that are being made: doc/formats.md. */
#include "router/transfer/journal.h"

#include "common/cleanup.h"
#include "common/file.h"
#include "router/runtime-folder.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char first_line[] = "p11mux transfer 1\n";

enum { LONGEST = 256 * 1024 };

/* -- Writing ---------------------------------------------------------------
 */

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
    return fprintf(stream, "class %lu\ntype %lu\ntoken-object %d\n",
                   its->object_class, its->key_type, its->is_token) > 0 &&
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
    return fputs(first_line, stream) >= 0 &&
           put_text(stream, "token", entry->token) &&
           put_text(stream, "from-module", entry->from.module) &&
           put_text(stream, "from-match", entry->from.match) &&
           put_text(stream, "to-module", entry->to.module) &&
           put_text(stream, "to-match", entry->to.match) &&
           put_identity(stream, entry->identity);
}

static char *
folder_path(const char *state_dir)
{
    char *path;

    return asprintf(&path, "%s/transfers", state_dir) < 0 ? NULL : path;
}

/* One for each copy of this process. */
static bool
choose_path(const char *state_dir, char **out, struct error *error)
{
    static _Atomic(unsigned) last;
    CLEANUP(freep) char *folder = folder_path(state_dir);
    char name[RUNTIME_FILE_NAME];
    struct birth self;

    if (folder == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    if (mkdir(folder, 0750) != 0 && errno != EEXIST)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be made: %s; make it for who copies "
                         "objects",
                         folder, error_reason(errno));
    if (!birth_of_self(&self))
        return error_set(error, CKR_FUNCTION_FAILED,
                         "/proc/self/stat: cannot be read, so that nobody "
                         "would know whose %s is; mount /proc",
                         folder);
    runtime_name(&self, name);
    if (asprintf(out, "%s/%s.%u", folder, name, atomic_fetch_add(&last, 1)) < 0)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return true;
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

    if (!choose_path(state_dir, &path, error))
        return false;
    stream = open_memstream(&text, &length);
    is_put = stream != NULL && put_entry(stream, entry);
    if (stream == NULL || fclose(stream) != 0 || !is_put)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    if (!file_replace(path, text, length, 0640, error))
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

/* -- Reading -----------------------------------------------------------------
 */

/* A file, and where reading has come to. */
struct text {
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
                     "compare the members with p11mux group and remove it",
                     text->path, text->line, what);
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

/* One of a fixed length, which may be missing. */
static bool
take_hash(struct text *text, const char *name, unsigned char *out,
          size_t length, bool *has)
{
    CLEANUP(freep) unsigned char *bytes = NULL;
    size_t its;

    *has = text->rest != NULL && strncmp(text->rest, name, strlen(name)) == 0;
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
    CK_ULONG is_token;

    if (!take_number(text, "class", &its.object_class) ||
        !take_number(text, "type", &its.key_type) ||
        !take_number(text, "token-object", &is_token) ||
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
    its.id = id;
    its.label = label;
    *out = identity_copy(&its);
    return *out != NULL ||
           error_set(text->error, CKR_HOST_MEMORY, "out of memory");
}

static bool
read_entry(struct journal_entry *entry, struct error *error)
{
    CLEANUP(freep) char *bytes = NULL;
    struct text text = { .path = entry->path, .line = 1, .error = error };
    size_t length;

    if (!file_read_trusted(entry->path, (gid_t)-1, LONGEST, &bytes, &length,
                           error))
        return false;
    if (strlen(bytes) != length ||
        strncmp(bytes, first_line, strlen(first_line)) != 0)
        return refuse(&text, "an unknown form");
    text.rest = bytes + strlen(first_line);
    text.line++;
    return take_text(&text, "token", &entry->token) &&
           take_text(&text, "from-module", &entry->from.module) &&
           take_text(&text, "from-match", &entry->from.match) &&
           take_text(&text, "to-module", &entry->to.module) &&
           take_text(&text, "to-match", &entry->to.match) &&
           take_identity(&text, &entry->identity);
}

static bool
add_entry(struct journal *journal, const char *folder, const char *name,
          struct error *error)
{
    struct journal_entry *entries =
        realloc(journal->entries,
                (journal->n_entries + 1) * sizeof(*journal->entries));
    struct journal_entry *entry;

    if (entries == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    journal->entries = entries;
    entry = &entries[journal->n_entries++];
    *entry = (struct journal_entry){ .token = NULL };
    if (asprintf(&entry->path, "%s/%s", folder, name) < 0) {
        entry->path = NULL;
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    }
    return read_entry(entry, error);
}

static void
close_folder(DIR **stream)
{
    if (*stream != NULL)
        (void)closedir(*stream);
}

bool
journal_read(const char *state_dir, struct journal *out, struct error *error)
{
    CLEANUP(freep) char *folder = folder_path(state_dir);
    CLEANUP(close_folder) DIR *stream = NULL;
    const struct dirent *item;
    bool is_read = true;

    *out = (struct journal){ .entries = NULL };
    if (folder == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    stream = opendir(folder);
    if (stream == NULL && errno == ENOENT)
        return true;
    if (stream == NULL)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be read: %s; run p11mux as its owner",
                         folder, error_reason(errno));
    while (is_read && (item = readdir(stream)) != NULL) {
        struct birth owner;

        if (runtime_read_owner(item->d_name, &owner) &&
            !birth_is_alive_anywhere(&owner))
            is_read = add_entry(out, folder, item->d_name, error);
    }
    return is_read;
}

void
journal_clear(struct journal *journal)
{
    for (size_t i = 0; i < journal->n_entries; i++) {
        struct journal_entry *entry = &journal->entries[i];

        free(entry->token);
        free(entry->from.module);
        free(entry->from.match);
        free(entry->to.module);
        free(entry->to.match);
        free(entry->path);
        identity_free(entry->identity);
    }
    free(journal->entries);
    *journal = (struct journal){ .entries = NULL };
}

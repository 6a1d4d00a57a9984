/* SPDX-License-Identifier: BSD-3-Clause */
/* Slot numbers of tokens that no rule names. */
#include "router/slot-number.h"

#include "common/cleanup.h"
#include "common/crypto.h"
#include "common/file.h"
#include "common/log.h"
#include "common/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct numbered {
    CK_SLOT_ID slot;
    char *identity;
    bool is_saved;
};

struct slot_numbers {
    char *path;
    struct numbered *entries;
    size_t n_entries;
};

enum { FILE_LIMIT = 4 << 20, FILE_MODE = 0644 };

/* -- Identities as text -------------------------------------------------- */

/* Percent signs, separators and control characters are written as %XX. */
static void
write_escaped(FILE *stream, const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] <= ' ' || bytes[i] == '%' || bytes[i] == ';' ||
            bytes[i] == 0x7f)
            (void)fprintf(stream, "%%%02X", bytes[i]);
        else
            (void)fputc(bytes[i], stream);
}

char *
slot_identity(const char *module, const CK_TOKEN_INFO *info, unsigned ordinal)
{
    const struct {
        const unsigned char *field;
        size_t length;
    } fields[] = {
        { info->manufacturerID, sizeof(info->manufacturerID) },
        { info->model, sizeof(info->model) },
        { info->serialNumber, sizeof(info->serialNumber) },
        { info->label, sizeof(info->label) },
    };
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    if (stream == NULL)
        return NULL;
    write_escaped(stream, (const unsigned char *)module, strlen(module));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        (void)fputc(';', stream);
        write_escaped(stream, fields[i].field,
                      text_length(fields[i].field, fields[i].length));
    }
    if (ordinal > 0)
        (void)fprintf(stream, ";%u", ordinal + 1);
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* -- Numbers -----------------------------------------------------------------
 */

static const struct numbered *
find_slot(const struct slot_numbers *numbers, CK_SLOT_ID slot)
{
    for (size_t i = 0; i < numbers->n_entries; i++)
        if (numbers->entries[i].slot == slot)
            return &numbers->entries[i];
    return NULL;
}

static bool
add(struct slot_numbers *numbers, CK_SLOT_ID slot, const char *identity,
    bool is_saved)
{
    struct numbered *entries =
        realloc(numbers->entries,
                (numbers->n_entries + 1) * sizeof(*numbers->entries));
    char *copy = strdup(identity);

    if (entries != NULL)
        numbers->entries = entries;
    if (entries == NULL || copy == NULL) {
        free(copy);
        return false;
    }
    entries[numbers->n_entries++] = (struct numbered){ slot, copy, is_saved };
    return true;
}

static CK_SLOT_ID
hash_number(const char *identity)
{
    unsigned char digest[SHA256_LENGTH] = { 0 };

    (void)crypto_sha256(identity, strlen(identity), digest);
    return SLOT_NUMBER_FIRST + ((CK_SLOT_ID)digest[0] << 16 |
                                (CK_SLOT_ID)digest[1] << 8 | digest[2]);
}

CK_SLOT_ID
slot_numbers_get(struct slot_numbers *numbers, const char *identity)
{
    CK_SLOT_ID slot = hash_number(identity);

    for (size_t i = 0; i < numbers->n_entries; i++)
        if (strcmp(numbers->entries[i].identity, identity) == 0)
            return numbers->entries[i].slot;
    while (find_slot(numbers, slot) != NULL)
        slot = slot + 1 < SLOT_NUMBER_FIRST + (1 << SLOT_NUMBER_BITS)
                   ? slot + 1
                   : SLOT_NUMBER_FIRST;
    return add(numbers, slot, identity, false) ? slot : 0;
}

static void
drop(struct slot_numbers *numbers, const char *identity)
{
    for (size_t i = 0; i < numbers->n_entries; i++)
        if (strcmp(numbers->entries[i].identity, identity) == 0) {
            free(numbers->entries[i].identity);
            numbers->entries[i] = numbers->entries[--numbers->n_entries];
            return;
        }
}

bool
slot_numbers_put(struct slot_numbers *numbers, CK_SLOT_ID slot,
                 const char *identity)
{
    const struct numbered *other;

    drop(numbers, identity);
    while ((other = find_slot(numbers, slot)) != NULL)
        drop(numbers, other->identity);
    return add(numbers, slot, identity, false);
}

bool
slot_numbers_move(struct slot_numbers *numbers, const char *from,
                  const char *to)
{
    char *copy = strdup(to);

    if (copy == NULL)
        return false;
    drop(numbers, to);
    for (size_t i = 0; i < numbers->n_entries; i++)
        if (strcmp(numbers->entries[i].identity, from) == 0) {
            free(numbers->entries[i].identity);
            numbers->entries[i].identity = copy;
            numbers->entries[i].is_saved = false;
            return true;
        }
    free(copy);
    return true;
}

/* -- The file
 * ------------------------------------------------------------------ */

/* A line: number, one space, identity. */
static bool
read_line(struct slot_numbers *numbers, char *line)
{
    char *end;
    unsigned long slot = strtoul(line, &end, 0);

    if (end == line || *end != ' ' || end[1] == '\0' ||
        slot < SLOT_NUMBER_FIRST ||
        slot >= SLOT_NUMBER_FIRST + (1ul << SLOT_NUMBER_BITS) ||
        find_slot(numbers, slot) != NULL)
        return false;
    return add(numbers, slot, end + 1, true);
}

static void
read_file(struct slot_numbers *numbers)
{
    CLEANUP(freep) char *text = NULL;
    struct error error = { .rv = CKR_OK };
    size_t length;
    unsigned number = 0;
    char *rest;

    if (access(numbers->path, F_OK) != 0 && errno == ENOENT)
        return;
    if (!file_is_trusted(numbers->path, (gid_t)-1, &error) ||
        !file_read(numbers->path, FILE_LIMIT, &text, &length, &error)) {
        log_write(LOG_LEVEL_WARNING, "%s", error.text);
        return;
    }
    rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        number++;
        if (*line != '\0' && *line != '#' && !read_line(numbers, line))
            log_write(LOG_LEVEL_WARNING,
                      "%s:%u: not a slot number and a token; the line is "
                      "ignored; remove it",
                      numbers->path, number);
    }
}

struct slot_numbers *
slot_numbers_new(const char *state_dir)
{
    struct slot_numbers *numbers = calloc(1, sizeof(*numbers));

    if (numbers == NULL)
        return NULL;
    if (asprintf(&numbers->path, "%s/slots", state_dir) < 0) {
        free(numbers);
        return NULL;
    }
    read_file(numbers);
    return numbers;
}

void
slot_numbers_free(struct slot_numbers *numbers)
{
    if (numbers == NULL)
        return;
    for (size_t i = 0; i < numbers->n_entries; i++)
        free(numbers->entries[i].identity);
    free(numbers->entries);
    free(numbers->path);
    free(numbers);
}

bool
slot_numbers_save(const struct slot_numbers *numbers, struct error *error)
{
    CLEANUP(freep) char *text = NULL;
    size_t length = 0;
    bool is_all_saved = true;
    FILE *stream;

    for (size_t i = 0; i < numbers->n_entries; i++)
        is_all_saved = is_all_saved && numbers->entries[i].is_saved;
    if (is_all_saved)
        return true;
    stream = open_memstream(&text, &length);
    if (stream == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    (void)fputs("# Slot numbers of tokens that p11mux.conf does not name.\n",
                stream);
    for (size_t i = 0; i < numbers->n_entries; i++)
        (void)fprintf(stream, "0x%lx %s\n", numbers->entries[i].slot,
                      numbers->entries[i].identity);
    if (fclose(stream) != 0)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    return file_replace(numbers->path, text, length, FILE_MODE, error);
}

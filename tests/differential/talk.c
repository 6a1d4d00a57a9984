/* SPDX-License-Identifier: BSD-3-Clause */
/* A conversation's transcript: lines, outputs, and what is kept for later. */
#include "tests/differential/talk.h"

#include "common/names.h"
#include "tests/differential/symbol.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { FILLING = 0xA5, SHOWN_BYTES = 32, PATTERN_LENGTH = 8192 };

struct kept {
    struct kept *next;
    CK_BYTE bytes[];
};

struct talk *
talk_new(const char *conversation, const char *vendor,
         const struct module *module, const char *reserved, FILE *out)
{
    struct talk *talk = calloc(1, sizeof(*talk));

    if (talk == NULL)
        fixture_fail("no memory");
    talk->conversation = conversation;
    talk->vendor = vendor;
    talk->reserved = reserved;
    talk->module = module;
    talk->list = module->list;
    talk->list_3_0 = module->list_3_0;
    talk->out = out;
    talk->symbols = symbols_new();
    return talk;
}

void
talk_free(struct talk *talk)
{
    struct kept *kept = talk->kept;

    while (kept != NULL) {
        struct kept *next = kept->next;

        free(kept);
        kept = next;
    }
    symbols_free(talk->symbols);
    free(talk);
}

bool
talk_is_nss(const struct talk *talk)
{
    return strcmp(talk->vendor, "nss") == 0;
}

bool
talk_works(const struct talk *talk, enum works works)
{
    return (works & (talk_is_nss(talk) ? WORKS_NSS : WORKS_SOFTHSM)) != 0;
}

void
talk_expect(const struct talk *talk, bool is_so, const char *what)
{
    if (!is_so)
        fixture_fail("%s: %s/%s: not so: %s", talk->vendor, talk->conversation,
                     talk->step, what);
}

/* -- Lines ---------------------------------------------------------------- */

void
talk_step(struct talk *talk, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(talk->step, sizeof(talk->step), format, arguments);
    va_end(arguments);
    talk->nth = 0;
}

void
talk_begin(struct talk *talk, const char *function, CK_RV rv)
{
    char name[NAME_LENGTH];

    fprintf(talk->out, "%s/%s/%u\t%s %s", talk->conversation, talk->step,
            ++talk->nth, function, name_of(NAME_CKR, rv, name));
}

void
talk_add(struct talk *talk, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputc(' ', talk->out);
    vfprintf(talk->out, format, arguments);
    va_end(arguments);
}

void
talk_add_bytes(struct talk *talk, const void *bytes, size_t length)
{
    const CK_BYTE *at = bytes;
    CK_BYTE hash[EVP_MAX_MD_SIZE];

    if (length <= SHOWN_BYTES) {
        fputs(" x", talk->out);
        for (size_t i = 0; i < length; i++)
            fprintf(talk->out, "%02x", at[i]);
        return;
    }
    if (EVP_Digest(bytes, length, hash, NULL, EVP_sha256(), NULL) != 1)
        fixture_fail("SHA-256 does not work");
    fputs(" sha256:", talk->out);
    for (size_t i = 0; i < SHOWN_BYTES / 2; i++)
        fprintf(talk->out, "%02x", hash[i]);
}

/* A text field, between quotes, with what is no letter as \xx. */
void
talk_add_text(struct talk *talk, const void *text, size_t length)
{
    const CK_BYTE *at = text;

    fputs(" \"", talk->out);
    for (size_t i = 0; i < length; i++)
        if (at[i] >= 0x20 && at[i] < 0x7f && at[i] != '\\')
            fputc(at[i], talk->out);
        else
            fprintf(talk->out, "\\%02x", at[i]);
    fputc('"', talk->out);
}

/* Written out at once: when a call ends the process, it is the next one. */
void
talk_end(struct talk *talk)
{
    if (fputc('\n', talk->out) == EOF || fflush(talk->out) != 0)
        fixture_fail("the transcript cannot be written");
}

CK_RV
talk_result(struct talk *talk, const char *function, CK_RV rv)
{
    talk_begin(talk, function, rv);
    talk_end(talk);
    return rv;
}

void
talk_note(struct talk *talk, const char *name, const void *bytes, size_t length)
{
    talk_begin(talk, name, CKR_OK);
    if (talk->hides_output)
        talk_add(talk, "%zu", length);
    else
        talk_add_bytes(talk, bytes, length);
    talk_end(talk);
}

CK_RV
talk_absent(struct talk *talk, const char *function)
{
    fprintf(talk->out, "%s/%s/%u\t%s absent\n", talk->conversation, talk->step,
            ++talk->nth, function);
    return CKR_FUNCTION_NOT_SUPPORTED;
}

/* -- Outputs -------------------------------------------------------------- */

CK_ULONG *
talk_room(struct talk *talk, long room)
{
    if (room > OUTPUT_ROOM)
        fixture_fail("%ld bytes are more than there is room for", room);
    memset(talk->output, FILLING, sizeof(talk->output));
    talk->room = room;
    talk->to = room == ROOM_QUERY ? NULL : talk->output;
    talk->length = room < 0 ? 0 : (CK_ULONG)room;
    return room == ROOM_NO_LENGTH ? NULL : &talk->length;
}

static bool
is_touched(const struct talk *talk, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (talk->output[i] != FILLING)
            return true;
    return false;
}

void
talk_add_output(struct talk *talk, CK_RV rv)
{
    size_t room = talk->room < 0 ? 0 : (size_t)talk->room;

    talk->gave = rv == CKR_OK && talk->to != NULL && talk->length <= room;
    if (talk->room == ROOM_NO_LENGTH)
        return;
    /* NSS softoken leaves whatever was on its stack when it fails. */
    if (rv == CKR_OK || !talk_is_nss(talk))
        talk_add(talk, "%lu", talk->length);
    if (is_touched(talk, room, sizeof(talk->output)))
        talk_add(talk, "WRITTEN BEYOND ITS ROOM");
    if (talk->gave && !talk->hides_output)
        talk_add_bytes(talk, talk->output, talk->length);
    else if (rv != CKR_OK && is_touched(talk, 0, room))
        talk_add(talk, "touched");
}

CK_RV
talk_output(struct talk *talk, const char *function, CK_RV rv)
{
    talk_begin(talk, function, rv);
    if (talk->room == ROOM_QUERY)
        talk_add(talk, "query");
    else if (talk->room >= 0)
        talk_add(talk, "room %ld", talk->room);
    talk_add_output(talk, rv);
    talk_end(talk);
    return rv;
}

/* -- Bytes ---------------------------------------------------------------- */

void *
talk_keep(struct talk *talk, const void *bytes, size_t length)
{
    struct kept *kept = calloc(1, sizeof(*kept) + length + 1);

    if (kept == NULL)
        fixture_fail("no memory");
    if (length > 0)
        memcpy(kept->bytes, bytes, length);
    kept->next = talk->kept;
    talk->kept = kept;
    return kept->bytes;
}

/* What did not come is empty, so that the calls after it are made: never what
 * the buffer was filled with. */
struct bytes
talk_keep_output(struct talk *talk)
{
    size_t length = talk->gave ? talk->length : 0;

    return (struct bytes){ talk_keep(talk, talk->output, length), length };
}

struct bytes
bytes_pattern(size_t length)
{
    static CK_BYTE pattern[PATTERN_LENGTH];

    if (length > sizeof(pattern))
        fixture_fail("the pattern has no %zu bytes", length);
    if (pattern[1] == 0)
        for (size_t i = 0; i < sizeof(pattern); i++)
            pattern[i] = (CK_BYTE)(i * 7 + i / 256 + 1);
    return (struct bytes){ pattern, length };
}

struct bytes
bytes_text(const char *text)
{
    struct bytes bytes = { NULL, strlen(text) };

    memcpy(&bytes.at, &text, sizeof(bytes.at));
    return bytes;
}

struct bytes
bytes_null(size_t length)
{
    return (struct bytes){ NULL, length };
}

bool
bytes_equal(struct bytes one, struct bytes other)
{
    return one.length == other.length &&
           (one.length == 0 || memcmp(one.at, other.at, one.length) == 0);
}

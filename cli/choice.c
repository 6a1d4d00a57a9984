/* SPDX-License-Identifier: BSD-3-Clause */
/* Which certificates of a token the command line means. */
#include "cli/choice.h"

#include "cli/certificate.h"
#include "cli/hex.h"
#include "cli/message.h"

#include <stdlib.h>
#include <string.h>

static bool
read_hex(const struct request *request, enum option_id option,
         struct octets *out)
{
    const char *text = request->values[option];
    unsigned char *bytes;

    if (text == NULL)
        return true;
    if (!hex_read(text, &bytes, &out->length)) {
        message_error("%s: the value of --%s has to be pairs of hexadecimal "
                      "digits, such as 01ab",
                      request->command->name, option_facts[option].name);
        return false;
    }
    out->bytes = bytes;
    return true;
}

bool
choice_read(const struct request *request, struct choice *out)
{
    *out = (struct choice){ .label = request->values[OPTION_LABEL],
                            .subject = request->values[OPTION_SUBJECT] };
    return read_hex(request, OPTION_ID, &out->id) &&
           read_hex(request, OPTION_SHA256, &out->sha256);
}

void
choice_clear(struct choice *choice)
{
    free((void *)(uintptr_t)choice->id.bytes);
    free((void *)(uintptr_t)choice->sha256.bytes);
}

bool
choice_is_made(const struct choice *choice)
{
    return choice->id.bytes != NULL || choice->sha256.bytes != NULL ||
           choice->label != NULL || choice->subject != NULL;
}

static bool
fits_subject(const char *subject, const struct holding *holding)
{
    struct certificate certificate;
    bool fits;

    if (!certificate_read(holding->value, &certificate))
        return false;
    fits = strcmp(certificate.subject, subject) == 0;
    certificate_clear(&certificate);
    return fits;
}

bool
choice_fits(const struct choice *choice, const struct holding *holding)
{
    struct octets label = { (const unsigned char *)choice->label,
                            choice->label == NULL ? 0 : strlen(choice->label) };

    if (choice->id.bytes != NULL && !octets_equal(choice->id, holding->id))
        return false;
    if (choice->sha256.bytes != NULL &&
        (choice->sha256.length > SHA256_LENGTH ||
         memcmp(choice->sha256.bytes, holding->sha256, choice->sha256.length) !=
             0))
        return false;
    if (choice->label != NULL && !octets_equal(label, holding->label))
        return false;
    return choice->subject == NULL || fits_subject(choice->subject, holding);
}

bool
choice_refuse_none(const struct choice *choice, const struct visit *visit,
                   struct error *error)
{
    return error_set(error, CKR_OBJECT_HANDLE_INVALID,
                     "token \"%s\" has no %s; \"p11mux certs list\" shows what "
                     "it has",
                     visit->token->label,
                     choice_is_made(choice) ? "such certificate"
                                            : "certificate");
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* What the objects of an imported key are to be like: by the command line, the
 * token, the file, and the certificates, in this order. */
#ifndef CLI_IMPORT_WISH_H
#define CLI_IMPORT_WISH_H

#include "cli/choice.h"
#include "cli/key-bundle.h"
#include "cli/key-info.h"
#include "cli/software.h"
#include "cli/visit.h"

struct import_wish {
    struct software_wish wish; /* lends from: */
    struct key_info info;      /* of the key */
    struct octets id;          /* owned */
    char *label;               /* NULL: none */
    struct octets leaf;        /* the certificate for the key; lent */
};

/* What the file and `given` say; false, with a sentence, where there are
 * certificates and none is for the key. *out is to be cleared, whatever comes
 * of it. */
bool import_wish_make(const struct key_bundle *file, const struct choice *given,
                      bool is_extractable, struct import_wish *out,
                      struct error *error);

/* What the token has of the same key has a label, a CKA_ID and usages, which
 * the rest gets too; false, with a sentence, where `given` has others that
 * matter.
 */
bool import_wish_adopt(struct import_wish *wish, const struct visit *visit,
                       const struct choice *given, struct error *error);
void import_wish_clear(struct import_wish *wish);

#endif

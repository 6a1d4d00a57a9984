/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates in the order in which one was issued by the next. */
#include "cli/chain.h"

#include "cli/memory.h"

#include <stdlib.h>

struct chain {
    const struct certificate_parts *parts;
    size_t count;
    bool *is_placed;
    size_t *order;
    size_t n_placed;
};

/* The identifier of the key that the certificate is for (RFC 5280, section
 * 4.2.1.2), or without bytes. */
static struct octets
key_of(const struct certificate_parts *certificate)
{
    static const unsigned char oid[] = { 0x55, 0x1d, 0x0e };
    struct octets value =
        certificate_find_extension(certificate,
                                   (struct octets){ oid, sizeof(oid) });
    struct octets key = { NULL, 0 };

    (void)der_open(value, DER_OCTET_STRING, &key);
    return key;
}

/* Of the key that has signed it (4.2.1.1), where it says that. */
static struct octets
signer_of(const struct certificate_parts *certificate)
{
    static const unsigned char oid[] = { 0x55, 0x1d, 0x23 };
    struct octets value =
        certificate_find_extension(certificate,
                                   (struct octets){ oid, sizeof(oid) });
    struct octets content;
    struct octets key = { NULL, 0 };

    if (der_open(value, DER_SEQUENCE, &content))
        (void)der_take(&content, DER_IMPLICIT_0, &key, NULL);
    return key;
}

static bool
is_issued_by(const struct certificate_parts *certificate,
             const struct certificate_parts *issuer)
{
    struct octets signer = signer_of(certificate);
    struct octets key = key_of(issuer);

    return certificate->issuer.length > 0 &&
           octets_equal(certificate->issuer, issuer->subject) &&
           (signer.length == 0 || key.length == 0 || octets_equal(signer, key));
}

static bool
is_root(const struct certificate_parts *certificate)
{
    return is_issued_by(certificate, certificate);
}

/* Whether it has issued none of the others. */
static bool
is_leaf(const struct chain *chain, size_t number)
{
    for (size_t i = 0; i < chain->count; i++)
        if (i != number && !is_root(&chain->parts[i]) &&
            is_issued_by(&chain->parts[i], &chain->parts[number]))
            return false;
    return true;
}

/* Of several with the same name the first one that is not placed yet: they are
 * all put there, one behind the other. `count`: there is none. */
static size_t
find_issuer(const struct chain *chain, size_t number)
{
    size_t i = 0;

    while (i < chain->count &&
           (chain->is_placed[i] ||
            !is_issued_by(&chain->parts[number], &chain->parts[i])))
        i++;
    return i;
}

static void
place_from(struct chain *chain, size_t number)
{
    while (number < chain->count && !chain->is_placed[number]) {
        chain->is_placed[number] = true;
        chain->order[chain->n_placed++] = number;
        number = find_issuer(chain, number);
    }
}

size_t
chain_order(const struct certificate_parts *parts, size_t count,
            const bool *chosen, size_t *order)
{
    struct chain chain = { .parts = parts,
                           .count = count,
                           .is_placed = memory_new(count + 1, sizeof(bool)),
                           .order = order };

    for (size_t i = 0; i < count; i++)
        if (chosen[i] && is_leaf(&chain, i))
            place_from(&chain, i);
    for (size_t i = 0; i < count; i++)
        if (chosen[i])
            place_from(&chain, i);
    free(chain.is_placed);
    return chain.n_placed;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* What copies that were right are like: another one of the same kind is made
 * for good at once, and judged then. */
#include "router/transfer/pattern.h"

#include "common/crypto.h"

#include <string.h>

/* Of these an object's own value makes no other kind of it. Of numbers the
 * length does: a member may take no larger ones. */
enum own_value { OF_ALL, OF_NAME, OF_NUMBER };

static const struct {
    CK_ATTRIBUTE_TYPE type;
    enum own_value own;
} own_values[] = {
    { CKA_ID, OF_NAME },
    { CKA_LABEL, OF_NAME },
    { CKA_SUBJECT, OF_NAME },
    { CKA_ISSUER, OF_NAME },
    { CKA_SERIAL_NUMBER, OF_NAME },
    { CKA_VALUE, OF_NAME },
    { CKA_CHECK_VALUE, OF_NUMBER },
    { CKA_MODULUS, OF_NUMBER },
    { CKA_EC_POINT, OF_NUMBER },
};

static enum own_value
own_value_of(CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < sizeof(own_values) / sizeof(own_values[0]); i++)
        if (own_values[i].type == type)
            return own_values[i].own;
    return OF_ALL;
}

/* About as long is as good. */
static CK_ULONG
round_up(CK_ULONG length)
{
    CK_ULONG power = length == 0 ? 0 : 1;

    while (power < length)
        power *= 2;
    return power;
}

/* -- The kind of an object ----------------------------------------------------
 */

/* An attribute as far as it makes a kind. */
struct feature {
    CK_ATTRIBUTE_TYPE type;
    CK_ULONG need;
    CK_ULONG length;
};

struct features {
    struct feature items[2 * TRAITS_MOST];
    struct crypto_piece pieces[4 * TRAITS_MOST];
    size_t n_items;
    size_t n_pieces;
};

static void
add(struct features *features, const struct traits *traits)
{
    for (CK_ULONG i = 0; i < traits->count; i++) {
        const CK_ATTRIBUTE *its = &traits->items[i];
        enum own_value own = own_value_of(its->type);
        struct feature *feature = &features->items[features->n_items++];

        memset(feature, 0, sizeof(*feature));
        feature->type = its->type;
        feature->need = traits->needs[i];
        feature->length =
            own == OF_NAME ? round_up(its->ulValueLen) : its->ulValueLen;
        features->pieces[features->n_pieces++] =
            (struct crypto_piece){ feature, sizeof(*feature) };
        if (own == OF_ALL)
            features->pieces[features->n_pieces++] =
                (struct crypto_piece){ its->pValue, its->ulValueLen };
    }
}

bool
pattern_kind(const struct traits *traits, const struct traits *public_traits,
             unsigned char out[SHA256_LENGTH])
{
    struct features features;

    features.n_items = features.n_pieces = 0;
    add(&features, traits);
    add(&features, public_traits);
    return crypto_sha256_pieces(features.pieces, features.n_pieces, out);
}

/* -- Patterns -----------------------------------------------------------------
 */

struct pattern *
patterns_find(struct patterns *patterns,
              const unsigned char kind[SHA256_LENGTH])
{
    for (unsigned i = 0; i < patterns->count; i++)
        if (memcmp(patterns->items[i].kind, kind, SHA256_LENGTH) == 0)
            return &patterns->items[i];
    return NULL;
}

void
patterns_keep(struct patterns *patterns, const struct pattern *pattern)
{
    struct pattern *kept = patterns_find(patterns, pattern->kind);

    if (kept == NULL) {
        kept = &patterns->items[patterns->next];
        patterns->next = (patterns->next + 1) % PATTERNS_MOST;
        if (patterns->count < PATTERNS_MOST)
            patterns->count++;
    }
    *kept = *pattern;
}

void
patterns_drop(struct patterns *patterns,
              const unsigned char kind[SHA256_LENGTH])
{
    struct pattern *dropped = patterns_find(patterns, kind);

    if (dropped != NULL)
        memset(dropped->kind, 0, SHA256_LENGTH);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of certificates in chains. */
#include "cli/chain.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MOST = 8 };

/* By subject and issuer, of which a chain knows nothing but that they are
 * equal; `key` and `signer` are the identifiers of keys. */
struct row {
    const char *subject;
    const char *issuer;
    char key;
    char signer;
};

struct extensions {
    unsigned char bytes[32];
};

/* Both of one byte (RFC 5280, sections 4.2.1.1 and 4.2.1.2). */
static void
write_extensions(const struct row *row, struct extensions *out,
                 struct octets *extensions)
{
    const unsigned char key[] = { 0x30, 0x0a, 0x06, 0x03,
                                  0x55, 0x1d, 0x0e, 0x04,
                                  0x03, 0x04, 0x01, (unsigned char)row->key };
    const unsigned char signer[] = {
        0x30, 0x0c, 0x06, 0x03, 0x55, 0x1d, 0x23,
        0x04, 0x05, 0x30, 0x03, 0x80, 0x01, (unsigned char)row->signer
    };
    size_t length = 0;

    if (row->key != 0) {
        memcpy(out->bytes, key, sizeof(key));
        length = sizeof(key);
    }
    if (row->signer != 0) {
        memcpy(out->bytes + length, signer, sizeof(signer));
        length += sizeof(signer);
    }
    *extensions = (struct octets){ out->bytes, length };
}

static struct octets
name(const char *text)
{
    return (struct octets){ (const unsigned char *)text, strlen(text) };
}

/* Compares the order of the rows, as digits; `chosen` has a '+' for each that
 * is. */
static void
check_order(const struct row *rows, const char *chosen, const char *wanted)
{
    struct certificate_parts parts[MOST] = { 0 };
    struct extensions extensions[MOST];
    bool is_chosen[MOST];
    size_t order[MOST];
    size_t count = strlen(chosen);
    char answer[MOST + 1] = "";
    size_t n;

    for (size_t i = 0; i < count; i++) {
        parts[i].subject = name(rows[i].subject);
        parts[i].issuer = name(rows[i].issuer);
        write_extensions(&rows[i], &extensions[i], &parts[i].extensions);
        is_chosen[i] = chosen[i] == '+';
    }
    n = chain_order(parts, count, is_chosen, order);
    for (size_t i = 0; i < n; i++)
        answer[i] = (char)('0' + order[i]);
    cr_assert_str_eq(answer, wanted);
}

Test(chain, goes_from_leaf_to_root)
{
    const struct row rows[] = {
        { "root", "root", 0, 0 },
        { "leaf", "middle", 0, 0 },
        { "middle", "root", 0, 0 },
    };

    check_order(rows, "+++", "120");
    check_order(rows, "-+-", "120");
    check_order(rows, "--+", "20");
}

Test(chain, has_each_certificate_once)
{
    const struct row rows[] = {
        { "a", "root", 0, 0 },
        { "root", "root", 0, 0 },
        { "b", "root", 0, 0 },
    };

    check_order(rows, "+++", "012");
    check_order(rows, "--+", "21");
}

Test(chain, ends_where_the_issuer_is_missing)
{
    const struct row rows[] = {
        { "leaf", "middle", 0, 0 },
        { "other", "nobody", 0, 0 },
    };

    check_order(rows, "+-", "0");
    check_order(rows, "++", "01");
}

Test(chain, tells_issuers_of_one_name_apart_by_their_keys)
{
    const struct row rows[] = {
        { "middle", "root", 'x', 'r' },
        { "leaf", "middle", 0, 'y' },
        { "middle", "root", 'y', 'r' },
        { "root", "root", 'r', 'r' },
    };

    check_order(rows, "-+--", "123");
}

Test(chain, takes_all_issuers_of_one_name_where_no_key_is_named)
{
    const struct row rows[] = {
        { "leaf", "root", 0, 0 },
        { "root", "root", 'x', 0 },
        { "root", "root", 'y', 0 },
    };

    check_order(rows, "+--", "012");
}

Test(chain, ends_in_a_ring)
{
    const struct row rows[] = {
        { "a", "b", 0, 0 },
        { "b", "a", 0, 0 },
    };

    check_order(rows, "++", "01");
}

Test(chain, of_nothing_is_empty)
{
    check_order(NULL, "", "");
}

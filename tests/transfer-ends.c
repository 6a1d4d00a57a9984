/* SPDX-License-Identifier: BSD-3-Clause */
/* Tries and makes copies between two tokens. */
#include "tests/transfer-ends.h"

#include "tests/fixture.h"

#include <criterion/criterion.h>

struct ends ends;

void
ends_connect(struct identity_place from, struct identity_place to)
{
    static const struct profile any;

    ends = (struct ends){ from, to, NULL };
    ends_behave(&any);
}

void
ends_behave(const struct profile *target)
{
    transfer_free(ends.transfer);
    ends.transfer = transfer_new(ends.from, ends.to, target);
    cr_assert_not_null(ends.transfer);
}

void
ends_connect_two(void)
{
    ends_connect(transfer_softhsm("a"), transfer_softhsm("b"));
}

void
ends_free(void)
{
    transfer_free(ends.transfer);
}

CK_FUNCTION_LIST_3_2 *
ends_functions(struct identity_place place)
{
    return (CK_FUNCTION_LIST_3_2 *)(uintptr_t)place.functions;
}

struct transfer_outcome
ends_try(CK_OBJECT_HANDLE object)
{
    struct transfer_outcome outcome;
    struct identity *identity;

    cr_assert_neq(object, CK_INVALID_HANDLE);
    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, object,
                               true, &identity),
                 CKR_OK);
    (void)transfer_try(ends.transfer, object, identity, &outcome);
    identity_free(identity);
    return outcome;
}

void
ends_expect(CK_OBJECT_HANDLE object, enum transfer_verdict verdict)
{
    struct transfer_outcome outcome = ends_try(object);

    cr_assert_eq(outcome.verdict, verdict, "%s, not %s (%s: 0x%lx)",
                 transfer_verdicts[outcome.verdict].name,
                 transfer_verdicts[verdict].name,
                 outcome.function == NULL ? "-" : outcome.function, outcome.rv);
}

CK_OBJECT_HANDLE
ends_copy(CK_OBJECT_CLASS object_class, const char *name, enum transfer_way way)
{
    CK_OBJECT_HANDLE object = transfer_find(ends.from, object_class, name);
    struct transfer_outcome outcome;
    struct identity *identity;
    CK_OBJECT_HANDLE copy;
    size_t before;

    cr_assert_eq(identity_read(ends.from.functions, ends.from.session, object,
                               true, &identity),
                 CKR_OK);
    before = transfer_count(ends.to, true);
    cr_assert(transfer_try(ends.transfer, object, identity, &outcome), "%s: %s",
              name, transfer_verdicts[outcome.verdict].words);
    cr_assert_eq(transfer_count(ends.to, true), before);
    cr_assert(transfer_make(ends.transfer, &copy, &outcome), "%s: %s", name,
              transfer_verdicts[outcome.verdict].words);
    cr_assert_eq(transfer_count(ends.to, true), before + 1);
    cr_expect_eq(outcome.way, way, "%s: %s", name,
                 transfer_ways[outcome.way].name);
    cr_expect_eq(transfer_find(ends.to, object_class, name), copy);
    identity_free(identity);
    return copy;
}

void
ends_expect_truth(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                  CK_BBOOL wanted)
{
    CK_BBOOL truth = 2;
    CK_ATTRIBUTE attribute = { type, &truth, sizeof(truth) };

    cr_assert_eq(ends.to.functions->C_GetAttributeValue(ends.to.session, object,
                                                        &attribute, 1),
                 CKR_OK);
    cr_expect_eq(truth, wanted, "attribute 0x%lx", type);
}

void
ends_expect_pair(const char *name, enum transfer_way way)
{
    struct fixture_pair pair;

    pair.public_key = ends_copy(CKO_PUBLIC_KEY, name, WAY_CREATED);
    pair.private_key = ends_copy(CKO_PRIVATE_KEY, name, way);
    ends_expect_truth(pair.private_key, CKA_SENSITIVE, CK_TRUE);
    ends_expect_truth(pair.private_key, CKA_PRIVATE, CK_TRUE);
    cr_expect(fixture_sign_check((const CK_FUNCTION_LIST *)(const void *)
                                     ends.to.functions,
                                 ends.to.session, pair));
    ends_expect(transfer_find(ends.from, CKO_PRIVATE_KEY, name),
                TRANSFER_THERE);
}

void
ends_expect_all(const char *names, enum transfer_way way, bool has_ec)
{
    const char *aes = fixture_text("%saes", names),
               *secret = fixture_text("%ssecret", names),
               *certificate = fixture_text("%scertificate", names),
               *ec = fixture_text("%sec", names);

    (void)transfer_add_secret(ends.from, CKK_AES, aes);
    (void)transfer_add_secret(ends.from, CKK_GENERIC_SECRET, secret);
    (void)transfer_add_certificate(ends.from, certificate);
    if (has_ec) {
        (void)transfer_add_ec(ends.from, ec, CK_TRUE);
        ends_expect_pair(ec, way);
    }
    ends_expect_truth(ends_copy(CKO_SECRET_KEY, aes, way), CKA_ENCRYPT,
                      CK_TRUE);
    ends_expect_truth(ends_copy(CKO_SECRET_KEY, secret, way), CKA_SIGN,
                      CK_TRUE);
    (void)ends_copy(CKO_CERTIFICATE, certificate, WAY_CREATED);
    ends_expect(transfer_find(ends.from, CKO_SECRET_KEY, aes), TRANSFER_THERE);
}

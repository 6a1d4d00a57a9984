/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys that come out of a module through a mechanism's parameter: every such
 * row of SEMANTICS 1.4, whole, with p11mux's handles, and usable. */
#include "tests/face.h"
#include "tests/mechanism-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

static struct face face;

static void
setup(void)
{
    face_load(&face, NULL);
    face_open(&face);
}

static void
setup_pooled(void)
{
    face_load_pooled(&face, NULL);
    face_open(&face);
}

static void
teardown(void)
{
    face.set_hook(NULL, NULL);
    face_close(&face);
}

TestSuite(parameters_made, .init = setup, .fini = teardown, .timeout = 60);
TestSuite(parameters_made_pooled, .init = setup_pooled, .fini = teardown,
          .timeout = 60);

enum { FIRST_KEY = 0xabc0 };

/* The struct behind the pointer: handles, then pointers to IVs. */
struct material {
    CK_OBJECT_HANDLE handles[4];
    CK_BYTE *ivs[2];
};

/* What the module does in the next C_DeriveKey. */
struct maker {
    const struct mechanism_out_row *row;
    unsigned n_handles; /* those beyond stay 0: absent MAC keys */
    CK_RV rv;
};

static CK_BYTE *
iv_of(const struct mechanism_out_row *row, CK_ULONG *words, size_t nth)
{
    CK_BYTE *iv;

    memcpy(&iv, &words[row->n_handles + nth], sizeof(iv));
    return iv;
}

static bool
make_keys(enum function function, struct argument *arguments,
          size_t n_arguments, CK_RV *rv, void *context)
{
    const struct maker *maker = context;
    const struct mechanism_out_row *row = maker->row;
    const CK_MECHANISM *mechanism;
    CK_ULONG *words;

    (void)n_arguments;
    if (function != FUNCTION_C_DeriveKey)
        return false;
    mechanism = arguments[1].pointer;
    cr_expect_eq(mechanism->ulParameterLen, row->size);
    memcpy(&words, (const CK_BYTE *)mechanism->pParameter + row->pointer_at,
           sizeof(words));
    for (unsigned i = 0; i < maker->n_handles; i++)
        words[i] = FIRST_KEY + i;
    for (size_t i = 0; i < row->n_words - row->n_handles; i++)
        memcpy(iv_of(row, words, i), "made", 4);
    *rv = maker->rv;
    return true;
}

/* The parameter of a row and what its pointer leads to. */
struct given {
    CK_ULONG parameter[PARAMETER / sizeof(CK_ULONG)];
    CK_ULONG words[6];
    CK_BYTE ivs[2][8];
    CK_MECHANISM mechanism;
};

static void
given_fill(struct given *given, const struct mechanism_out_row *row)
{
    void *words = given->words;

    memset(given, 0, sizeof(*given));
    for (size_t i = 0; i < row->n_words - row->n_handles; i++) {
        void *iv = given->ivs[i];

        memcpy(&given->words[row->n_handles + i], &iv, sizeof(iv));
    }
    memcpy((CK_BYTE *)given->parameter + row->pointer_at, &words,
           sizeof(words));
    given->mechanism = (CK_MECHANISM){ row->type, given->parameter, row->size };
}

static CK_OBJECT_HANDLE
member_of(CK_OBJECT_HANDLE object)
{
    CK_ULONG size;

    if (face.list.C_GetObjectSize(face.session, object, &size) != CKR_OK)
        return 0;
    return face.of("C_GetObjectSize")->arguments[1].number;
}

static CK_RV
derive(struct given *given, struct maker *maker)
{
    CK_RV rv;

    face.set_hook(make_keys, maker);
    rv = face.list.C_DeriveKey(face.session, &given->mechanism, face.objects[0],
                               NULL, 0, NULL);
    face.set_hook(NULL, NULL);
    return rv;
}

static void
check_row(const struct mechanism_out_row *row)
{
    struct maker maker = { row, (unsigned)row->n_handles, CKR_OK };
    struct given given, before;

    given_fill(&given, row);
    before = given;
    cr_expect_eq(derive(&given, &maker), CKR_OK, "0x%lx", row->type);
    for (unsigned i = 0; i < row->n_handles; i++) {
        cr_expect_neq(given.words[i], FIRST_KEY + i, "0x%lx", row->type);
        cr_expect_eq(member_of(given.words[i]), FIRST_KEY + i, "0x%lx",
                     row->type);
    }
    for (size_t i = 0; i < row->n_words - row->n_handles; i++)
        cr_expect_arr_eq(given.ivs[i], "made", 4, "0x%lx", row->type);
    /* Nothing else of the application's has changed. */
    cr_expect_arr_eq(given.parameter, before.parameter, sizeof(given.parameter),
                     "0x%lx", row->type);
    cr_expect_arr_eq(given.words + row->n_handles,
                     before.words + row->n_handles,
                     (6 - row->n_handles) * sizeof(CK_ULONG), "0x%lx",
                     row->type);
}

FACE_TEST(parameters_made, keys_have_handles_that_work)
{
    cr_assert_eq(n_mechanism_out_rows, 6);
    for (size_t i = 0; i < n_mechanism_out_rows; i++)
        check_row(&mechanism_out_rows[i]);
}

FACE_TEST(parameters_made, keys_that_are_absent_stay_so)
{
    for (size_t i = 0; i < n_mechanism_out_rows; i++) {
        const struct mechanism_out_row *row = &mechanism_out_rows[i];
        struct maker maker = { row, 1, CKR_OK };
        struct given given;

        given_fill(&given, row);
        cr_expect_eq(derive(&given, &maker), CKR_OK);
        cr_expect_eq(member_of(given.words[0]), FIRST_KEY);
        for (size_t k = 1; k < row->n_handles; k++)
            cr_expect_eq(given.words[k], 0);
    }
}

/* R1.15: only what went well gives handles. */
FACE_TEST(parameters_made, keys_come_only_with_success)
{
    struct maker maker = { &mechanism_out_rows[0], 4, CKR_DEVICE_ERROR };
    struct given given;

    given_fill(&given, maker.row);
    cr_assert_eq(derive(&given, &maker), CKR_DEVICE_ERROR);
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(given.words[i], 0);
}

/* They belong to the session, as their template says. */
FACE_TEST(parameters_made, keys_go_with_their_session)
{
    struct maker maker = { &mechanism_out_rows[0], 4, CKR_OK };
    CK_SESSION_HANDLE other = face_session(&face, FACE_SLOT);
    struct given given;
    CK_ULONG size;

    given_fill(&given, maker.row);
    cr_assert_eq(derive(&given, &maker), CKR_OK);
    cr_assert_eq(face.list.C_GetObjectSize(other, given.words[2], &size),
                 CKR_OK);
    cr_assert_eq(face.list.C_CloseSession(face.session), CKR_OK);
    cr_assert_eq(face.list.C_GetObjectSize(other, given.words[2], &size),
                 CKR_OBJECT_HANDLE_INVALID);
}

/* -- SP800-108 ----------------------------------------------------------------
 */

static CK_DERIVED_KEY derived[3];

static bool
make_derived(enum function function, struct argument *arguments,
             size_t n_arguments, CK_RV *rv, void *context)
{
    const CK_MECHANISM *mechanism;
    const CK_DERIVED_KEY *keys;

    (void)n_arguments;
    (void)rv;
    (void)context;
    if (function != FUNCTION_C_DeriveKey)
        return false;
    mechanism = arguments[1].pointer;
    if (mechanism->mechanism == CKM_SP800_108_FEEDBACK_KDF) {
        const CK_SP800_108_FEEDBACK_KDF_PARAMS *seen = mechanism->pParameter;

        keys = seen->pAdditionalDerivedKeys;
        cr_expect_eq(seen->ulAdditionalDerivedKeys, 3);
    } else {
        const CK_SP800_108_KDF_PARAMS *seen = mechanism->pParameter;

        keys = seen->pAdditionalDerivedKeys;
        cr_expect_eq(seen->ulAdditionalDerivedKeys, 3);
    }
    cr_expect_eq(keys[0].pTemplate, derived[0].pTemplate);
    cr_expect_eq(keys[0].ulAttributeCount, 1);
    cr_expect_null(keys[1].phKey);
    *keys[0].phKey = FIRST_KEY;
    *keys[2].phKey = FIRST_KEY + 2;
    return false;
}

static void
check_kdf(CK_MECHANISM_TYPE type, void *parameter, CK_ULONG length)
{
    CK_OBJECT_HANDLE out[2] = { 0, 0 }, key = 0;
    CK_MECHANISM mechanism = { type, parameter, length };
    CK_BYTE id = 1;
    CK_ATTRIBUTE template = { CKA_ID, &id, 1 };

    derived[0] = (CK_DERIVED_KEY){ &template, 1, &out[0] };
    derived[1] = (CK_DERIVED_KEY){ NULL, 0, NULL };
    derived[2] = (CK_DERIVED_KEY){ NULL, 0, &out[1] };
    face.set_hook(make_derived, NULL);
    cr_expect_eq(face.list.C_DeriveKey(face.session, &mechanism,
                                       face.objects[0], NULL, 0, &key),
                 CKR_OK, "0x%lx", type);
    face.set_hook(NULL, NULL);
    cr_expect_neq(out[0], FIRST_KEY);
    cr_expect_eq(member_of(out[0]), FIRST_KEY, "0x%lx", type);
    cr_expect_eq(member_of(out[1]), FIRST_KEY + 2, "0x%lx", type);
    cr_expect_neq(member_of(key), 0, "0x%lx", type);
    cr_expect_eq(derived[0].phKey, &out[0], "0x%lx", type);
    cr_expect_eq(derived[2].phKey, &out[1], "0x%lx", type);
}

FACE_TEST(parameters_made, keys_besides_the_derived_one_have_handles_that_work)
{
    CK_BYTE iv[8] = "";
    CK_SP800_108_KDF_PARAMS plain = { CKM_SHA256_HMAC, 0, NULL, 3, derived };
    CK_SP800_108_FEEDBACK_KDF_PARAMS feedback = {
        CKM_SHA256_HMAC, 0, NULL, 8, iv, 3, derived,
    };

    check_kdf(CKM_SP800_108_COUNTER_KDF, &plain, sizeof(plain));
    check_kdf(CKM_SP800_108_DOUBLE_PIPELINE_KDF, &plain, sizeof(plain));
    check_kdf(CKM_SP800_108_FEEDBACK_KDF, &feedback, sizeof(feedback));
    cr_assert_eq(plain.pAdditionalDerivedKeys, derived);
    cr_assert_eq(feedback.pIV, iv);
}

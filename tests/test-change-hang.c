/* SPDX-License-Identifier: BSD-3-Clause */
/* A change that the other member has made when the module of the call's own one
 * is found to hang, in somebody else's call: it is not begun anew, and the log
 * says what to do. */
#include "tests/hang-fixture.h"
#include "tests/heard.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

enum { TIMEOUT_MS = 7000, BEFORE_SECONDS = 5, OWN = 0, OTHER = TOY_SECOND };

static struct hang_call caught;
static CK_SESSION_HANDLE second;
static CK_OBJECT_HANDLE key;

/* Whether the objects of the token move; where not, all is written on both. */
static int both_modes[] = { true, false };

#define BOTH_MODES(name)                                                       \
    ParameterizedTestParameters(change_hang, name)                             \
    {                                                                          \
        return cr_make_param_array(int, both_modes, 2);                        \
    }                                                                          \
    ParameterizedTest(int *is_migrated, change_hang, name,                     \
                      .fini = hang_finish, .timeout = 60)

/* NULL: it is gone. */
static const struct toy_object *
find(unsigned index)
{
    for (size_t i = 0; i < TOY_OBJECTS; i++)
        if (toys[index].objects[i].number == 1)
            return &toys[index].objects[i];
    return NULL;
}

static void
start(bool is_migrated)
{
    hang_start(&(struct hang_setting){ .may_create_threads = true,
                                       .is_serialised = true,
                                       .is_group = true,
                                       .is_migrated = is_migrated,
                                       .is_replicated = !is_migrated,
                                       .call_timeout_ms = TIMEOUT_MS });
    hang_allow_seconds();
    second = router_session(1);
    key = pool_find_key(second, 1);
}

/* -- The change --------------------------------------------------------------
 */

static CK_RV
set_label(void)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (char[]){ "fresh" }, 5 };

    return C_SetAttributeValue(second, key, &label, 1);
}

static bool
is_fresh(unsigned index)
{
    const struct toy_object *object = find(index);

    for (size_t i = 0; object != NULL && i < object->n_attributes; i++)
        if (object->attributes[i].type == CKA_LABEL)
            return object->attributes[i].length == 5 &&
                   memcmp(object->attributes[i].value, "fresh", 5) == 0;
    return false;
}

/* Its own member is next; the door there would have been open until now. */
static bool
catch_inside_the_other(enum function function, CK_SLOT_ID slot,
                       struct argument *arguments, CK_RV *rv)
{
    if (slot == TOY_SLOT(OTHER) && (function == FUNCTION_C_SetAttributeValue ||
                                    function == FUNCTION_C_DestroyObject))
        hang_until_caught();
    return hang_answer_random(function, slot, arguments, rv);
}

/* What the change needs of its own member before it is asked is there: what the
 * key is, that it lasts (as of one that was made here), and a backend session
 * besides that of the call that is held. */
static void
use_own_member(void)
{
    struct toy_result result;

    cr_assert_eq(router_sign_init(hang_session, key), CKR_OK);
    cr_assert_eq(router_sign_init(second, key), CKR_OK);
    cr_assert_eq(router_sign(hang_session, "text", &result), CKR_OK);
    cr_assert_eq(router_sign(second, "text", &result), CKR_OK);
    cr_assert_eq(result.slot, TOY_SLOT(OWN));
    object_space_mark(router_token(1)->objects, key, OBJECT_IS_TOKEN, 0);
}

/* The call has been held for long already when the change begins, or that one
 * would be found to hang in the other member as well. */
static void
begin(void)
{
    use_own_member();
    hang_begin_call(&caught, HANG_RANDOM, hang_session);
    hang_pass(BEFORE_SECONDS);
    toy_set_hook(catch_inside_the_other);
    toy_forget_calls();
    heard_begin();
}

static void
expect_said(const char *what, bool is_migrated)
{
    const char *heard = heard_end();
    const char *words =
        fixture_text("%s; compare the members with p11mux %s \"both\"", what,
                     is_migrated ? "migrate verify" : "group");

    cr_expect_not_null(strstr(heard, words), "%s", heard);
}

/* Nobody else is asked in the place of its own member either. */
static void
expect_asked_once(enum function function)
{
    cr_expect_eq(toy_count(TOY_SLOT(OTHER), function), 1);
    cr_expect_eq(toy_count(TOY_SLOT(OWN), function), 0);
}

static void
let_come_back(void)
{
    toy_set_hook(hang_answer_random);
    toy_release();
    cr_assert_eq(hang_end_call(&caught), CKR_OK);
}

/* R9.5. */
BOTH_MODES(that_cannot_be_taken_back_is_said)
{
    CK_RV rv;

    start(*is_migrated);
    begin();
    rv = set_label();
    expect_said("C_SetAttributeValue: a member was lost, or hangs, and what "
                "the others have changed cannot be taken back",
                *is_migrated);
    cr_expect_eq(rv, CKR_GENERAL_ERROR, "0x%lx", rv);
    expect_asked_once(FUNCTION_C_SetAttributeValue);
    cr_expect(is_fresh(OTHER));
    cr_expect_not(is_fresh(OWN));
    let_come_back();
    cr_expect_eq(set_label(), CKR_OK);
    cr_expect(is_fresh(OWN));
}

/* R9.4. */
BOTH_MODES(destroys_on_the_others_alone_and_says_so)
{
    CK_RV rv;

    start(*is_migrated);
    begin();
    rv = C_DestroyObject(second, key);
    expect_said("C_DestroyObject: one member has refused, and the others lack "
                "the object now",
                *is_migrated);
    cr_expect_eq(rv, CKR_FUNCTION_FAILED, "0x%lx", rv);
    expect_asked_once(FUNCTION_C_DestroyObject);
    cr_expect_null(find(OTHER));
    cr_expect_not_null(find(OWN));
    let_come_back();
    cr_expect_eq(C_DestroyObject(second, key), CKR_OK);
    cr_expect_null(find(OWN));
}

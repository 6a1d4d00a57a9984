/* SPDX-License-Identifier: BSD-3-Clause */
/* The overflow backend when memory is out: CKR_HOST_MEMORY, and all is as it
 * was. */
#include "tests/overflow-fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

TestSuite(overflow_memory, .init = overflow_fixture_begin,
          .fini = overflow_fixture_end);

/* The test is linked with --wrap for these: the n-th call from now fails. */
static size_t fails_at;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool
fails_now(void)
{
    return fails_at != 0 && --fails_at == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *memory, size_t size)
{
    return fails_now() ? NULL : __real_realloc(memory, size);
}

/* What each step works with. */
struct work {
    CK_SESSION_HANDLE session;
    struct sheet sheet;
    struct sheet change;
    CK_OBJECT_HANDLE object;
    CK_OBJECT_HANDLE made;
};

static CK_RV
step_open(struct work *work)
{
    CK_SESSION_HANDLE session;
    CK_RV rv = overflow->C_OpenSession(FIRST_SLOT, CKF_SERIAL_SESSION, NULL,
                                       NULL, &session);

    (void)work;
    return rv == CKR_OK ? overflow->C_CloseSession(session) : rv;
}

static CK_RV
step_create(struct work *work)
{
    return overflow->C_CreateObject(work->session, work->sheet.attributes,
                                    work->sheet.count, &work->made);
}

static CK_RV
step_copy(struct work *work)
{
    return overflow->C_CopyObject(work->session, work->object, NULL, 0,
                                  &work->made);
}

static CK_RV
step_set(struct work *work)
{
    return overflow->C_SetAttributeValue(work->session, work->object,
                                         work->change.attributes,
                                         work->change.count);
}

static CK_RV
step_get(struct work *work)
{
    return overflow->C_GetAttributeValue(work->session, work->object, NULL, 0);
}

static CK_RV
step_find(struct work *work)
{
    CK_RV rv = overflow->C_FindObjectsInit(work->session, NULL, 0);

    return rv == CKR_OK ? overflow->C_FindObjectsFinal(work->session) : rv;
}

static const struct {
    const char *what;
    CK_RV (*run)(struct work *work);
    bool makes;
} steps[] = {
    { "open", step_open, false }, { "create", step_create, true },
    { "copy", step_copy, true },  { "set", step_set, false },
    { "get", step_get, false },   { "find", step_find, false },
};

/* Fails at each allocation once, until the step is through. */
static size_t
run_out(struct work *work, size_t step)
{
    size_t at = 0, before = count_all(work->session);
    CK_RV rv;

    do {
        fails_at = ++at;
        rv = steps[step].run(work);
        fails_at = 0;
        if (rv == CKR_OK)
            break;
        cr_assert_eq(rv, CKR_HOST_MEMORY, "%s, allocation %zu: 0x%lx",
                     steps[step].what, at, rv);
        cr_assert_eq(count_all(work->session), before, "%s, allocation %zu",
                     steps[step].what, at);
    } while (at < 1000);
    cr_expect_eq(rv, CKR_OK, "%s", steps[step].what);
    if (steps[step].makes)
        cr_expect_eq(overflow->C_DestroyObject(work->session, work->made),
                     CKR_OK);
    return at - 1;
}

static void
check(bool is_token)
{
    struct work work = { .session = open_session(FIRST_SLOT, true) };

    work.sheet = sheet_labelled("one");
    sheet_set_flag(&work.sheet, CKA_TOKEN, is_token);
    work.change = (struct sheet){ .count = 0 };
    sheet_set_text(&work.change, CKA_LABEL, "two");
    work.object = create(work.session, &work.sheet);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        cr_expect_gt(run_out(&work, i), 0, "%s allocates nothing",
                     steps[i].what);
}

Test(overflow_memory, is_said_for_objects_of_tokens)
{
    check(true);
}

Test(overflow_memory, is_said_for_objects_of_sessions)
{
    check(false);
}

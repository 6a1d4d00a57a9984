/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates in the store before and after a fork. */
#include "tests/child.h"
#include "tests/fixture.h"
#include "tests/spill-fixture.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(spill_fork, .fini = spill_finish, .timeout = 60);

enum { BEFORE = 3, ON_TOKEN = 1 };

static CK_OBJECT_HANDLE objects[BEFORE];

static void
begin(const char *more)
{
    spill.more = more;
    spill_begin("mode = \"hybrid\"; max = 1;");
    for (unsigned i = 0; i < BEFORE; i++)
        objects[i] = spill_create(i);
}

static bool
has_value(CK_OBJECT_HANDLE object, unsigned i)
{
    CK_BYTE value[4096];
    CK_ATTRIBUTE read = { CKA_VALUE, value, sizeof(value) };

    return spill.list->C_GetAttributeValue(spill.session, object, &read, 1) ==
               CKR_OK &&
           read.ulValueLen == spill.certificates[i].value_length &&
           memcmp(value, spill.certificates[i].value, read.ulValueLen) == 0;
}

static void
create(unsigned i)
{
    CK_OBJECT_HANDLE object;

    CHILD_EXPECT(certificate_create(spill.list, spill.session,
                                    &spill.certificates[i], &object) == CKR_OK);
    CHILD_EXPECT(has_value(object, i));
    CHILD_EXPECT(spill_count() == i + 1);
}

static void
initialise(void)
{
    CHILD_EXPECT(
        spill.list->C_GetSessionInfo(spill.session, &(CK_SESSION_INFO){ 0 }) ==
        CKR_CRYPTOKI_NOT_INITIALIZED);
    spill_start();
    spill_log_in();
    CHILD_EXPECT(spill_count() == BEFORE);
    create(BEFORE);
    CHILD_EXPECT(spill.list->C_Finalize(NULL) == CKR_OK);
}

Test(spill_fork, shows_them_to_a_child_that_initialises)
{
    begin("");
    cr_assert(child_run(initialise));
    (void)spill_create(BEFORE + 1);
    cr_assert_eq(spill_count(), BEFORE + 2);
    cr_assert_eq(spill_count_on_token(), ON_TOKEN);
}

/* Before any search of the child's. */
static void
use_handles(void)
{
    CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t) "label 2", 7 };
    CK_OBJECT_HANDLE found = 0;

    for (unsigned i = 0; i < BEFORE; i++)
        CHILD_EXPECT(has_value(objects[i], i));
    CHILD_EXPECT(
        certificate_find(spill.list, spill.session, &label, 1, &found) == 1);
    CHILD_EXPECT(found == objects[2]);
}

Test(spill_fork, leaves_the_handles_good_in_a_child_that_follows)
{
    begin("fork = \"follow\";");
    cr_assert(child_run(use_handles));
}

/* Whether the parent has made it or has found it is no matter. */
Test(spill_fork, leaves_what_was_found_good_in_a_child_that_follows)
{
    begin("fork = \"follow\";");
    cr_assert_eq(spill.list->C_Finalize(NULL), CKR_OK);
    spill_start();
    for (unsigned i = 0; i < BEFORE; i++) {
        CK_ATTRIBUTE label = { CKA_LABEL,
                               (void *)(uintptr_t)fixture_text("label %u", i),
                               7 };

        cr_assert_eq(certificate_find(spill.list, spill.session, &label, 1,
                                      &objects[i]),
                     1);
    }
    cr_assert(child_run(use_handles));
}

static void
use_session_object(void)
{
    CHILD_EXPECT(!has_value(objects[0], 0));
}

Test(spill_fork, leaves_no_session_objects_to_a_child_that_follows)
{
    struct certificate_template template;

    spill.more = "fork = \"follow\";";
    spill_begin("mode = \"hybrid\";");
    cr_assert(
        spill.add_fault("C_CreateObject * return CKR_FUNCTION_NOT_SUPPORTED"));
    certificate_template(&spill.certificates[0], CK_FALSE, &template);
    cr_assert_eq(spill.list->C_CreateObject(spill.session, template.attributes,
                                            CERTIFICATE_ATTRIBUTES,
                                            &objects[0]),
                 CKR_OK);
    cr_assert(child_run(use_session_object));
    cr_assert(has_value(objects[0], 0));
}

static void
follow(void)
{
    CHILD_EXPECT(spill_count() == BEFORE);
    for (unsigned i = 0; i < BEFORE; i++)
        CHILD_EXPECT(has_value(objects[i], i));
    CHILD_EXPECT(spill.list->C_Login(spill.session, CKU_USER,
                                     (CK_UTF8CHAR *)(uintptr_t)FIXTURE_PIN,
                                     strlen(FIXTURE_PIN)) == CKR_OK);
    create(BEFORE);
    CHILD_EXPECT(spill.list->C_DestroyObject(spill.session, objects[1]) ==
                 CKR_OK);
    CHILD_EXPECT(spill.list->C_Finalize(NULL) == CKR_OK);
}

Test(spill_fork, goes_on_in_a_child_that_follows)
{
    begin("fork = \"follow\";");
    cr_assert(child_run(follow));
    cr_assert(has_value(objects[2], 2));
    cr_assert_not(has_value(objects[1], 1), "the child has destroyed it");
    (void)spill_create(BEFORE + 1);
    cr_assert_eq(spill_count(), BEFORE + 1);
    cr_assert_eq(spill_count_on_token(), ON_TOKEN);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* A token whose old member keeps what is destroyed. */
#include "tests/bury-fixture.h"

#include "common/cleanup.h"
#include "router/control.h"
#include "router/tombstone.h"

#include <criterion/criterion.h>
#include <string.h>

CK_OBJECT_HANDLE bury_of_both, bury_of_old;

void
bury_begin(bool buries)
{
    struct config *config = migrate_config();

    router_clock_stop();
    config->tokens[0].buries = buries;
    (void)migrate_add(MIGRATE_NEW, 1);
    (void)migrate_add(MIGRATE_OLD, 1);
    (void)migrate_add(MIGRATE_OLD, 3);
    (void)migrate_add(MIGRATE_OLD, 4);
    migrate_start(config);
    bury_of_both = migrate_find(1);
    bury_of_old = migrate_find(3);
    control_look_now();
}

void
bury_expect_counts(size_t on_new, size_t on_old, size_t shown)
{
    CK_OBJECT_HANDLE all[8];

    cr_expect_eq(toy_count_objects(0), on_new);
    cr_expect_eq(toy_count_objects(1), on_old);
    cr_expect_eq(router_find_all(migrate_session, all, 8), shown);
}

size_t
bury_count_tombstones(void)
{
    CLEANUP(journal_clear) struct journal journal;
    struct error error = { .rv = CKR_OK };

    cr_assert(journal_read_tombstones(fixture_folder(), &journal, &error), "%s",
              error.text);
    return journal.n_entries;
}

CK_RV
bury_destroy(CK_OBJECT_HANDLE object)
{
    return C_DestroyObject(migrate_session, object);
}

void
bury_keep_on_old(CK_RV rv)
{
    toy_fail(TOY_SLOT(1), FUNCTION_C_DestroyObject, rv, 1);
}

static char *
bury(const struct identity *identity)
{
    struct error error = { .rv = CKR_OK };
    char *path;

    cr_assert(tombstone_write(&router_token(1)->members[MIGRATE_OLD], identity,
                              true, &path, &error),
              "%s", error.text);
    return path;
}

char *
bury_elsewhere(CK_OBJECT_HANDLE object)
{
    CLEANUP(identity_freep)
    struct identity *identity =
        object_space_identity(router_token(1)->objects, object);

    return bury(identity);
}

char *
bury_as(CK_OBJECT_HANDLE object, const char *label)
{
    CLEANUP(identity_freep)
    struct identity *identity =
        object_space_identity(router_token(1)->objects, object);
    struct identity renamed = *identity;

    renamed.label = (unsigned char *)(uintptr_t)label;
    renamed.label_length = strlen(label);
    return bury(&renamed);
}

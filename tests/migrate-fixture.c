/* SPDX-License-Identifier: BSD-3-Clause */
/* A token whose objects move from one toy to another. */
#include "tests/migrate-fixture.h"

#include "router/control.h"
#include "router/mender.h"
#include "router/transfer/journal.h"

#include <sched.h>

CK_SESSION_HANDLE migrate_session;

struct config *
migrate_config(void)
{
    static struct config_pool settings;
    struct config *config = router_config();
    struct config_token *token;

    settings = pool_settings(4);
    router_config_token(config, "two", "A", "B", NULL);
    token = &config->tokens[0];
    token->pool = settings;
    token->mode = GROUP_MIGRATE;
    token->write = WRITE_PRIMARY;
    token->members[MIGRATE_NEW].role = ROLE_NEW;
    token->members[MIGRATE_OLD].role = ROLE_OLD;
    (void)toy_show(1, "B");
    for (unsigned i = 0; i < MIGRATE_MEMBERS; i++)
        toys[i].pin = FIXTURE_PIN;
    return config;
}

void
migrate_log_in(void)
{
    CK_RV rv;

    migrate_session = router_session(1);
    rv = C_Login(migrate_session, CKU_USER, (CK_UTF8CHAR[]){ FIXTURE_PIN }, 4);
    if (rv != CKR_OK)
        fixture_fail("C_Login: 0x%lx", rv);
}

void
migrate_start(struct config *config)
{
    router_start(config);
    migrate_log_in();
}

CK_OBJECT_HANDLE
migrate_add(unsigned index, CK_ULONG number)
{
    return toy_add_key(index, CKO_PRIVATE_KEY, number);
}

CK_OBJECT_HANDLE
migrate_find(CK_ULONG number)
{
    return router_find_key(migrate_session, CKO_PRIVATE_KEY, number);
}

unsigned
migrate_signer(CK_OBJECT_HANDLE key, CK_ULONG number)
{
    struct toy_result result = { .slot = 0 };
    CK_RV rv = router_sign_init(migrate_session, key);

    if (rv == CKR_OK)
        rv = router_sign(migrate_session, "text", &result);
    if (rv != CKR_OK)
        fixture_fail("C_Sign: 0x%lx", rv);
    if (!pool_is_result(&result, number, "text", 4))
        fixture_fail("another key has signed");
    return result.slot == TOY_SLOT(0) ? MIGRATE_NEW : MIGRATE_OLD;
}

void
migrate_return(unsigned index)
{
    struct member *member = &router_token(1)->members[index];

    router_return(index);
    while (!member_is_usable(member)) {
        if (member_hasten(member))
            mender_wake();
        (void)sched_yield();
    }
}

char *
migrate_begin_copy(CK_OBJECT_HANDLE object)
{
    struct error error = { .rv = CKR_OK };
    struct identity *identity =
        object_space_identity(router_token(1)->objects, object);
    const struct journal_entry entry = {
        .token = (char[]){ "two" },
        .from = { (char[]){ "" }, (char[]){ "pkcs11:token=B" } },
        .to = { (char[]){ "" }, (char[]){ "pkcs11:token=A" } },
        .identity = identity,
    };
    char *path;

    if (identity == NULL)
        fixture_fail("nobody knows what the object is");
    if (!journal_write(fixture_folder(), &entry, &path, &error))
        fixture_fail("%s", error.text);
    identity_free(identity);
    return path;
}

void
migrate_write_phase(enum migration_phase phase)
{
    struct error error = { .rv = CKR_OK };

    if (!migration_phase_write(fixture_folder(), router_token(1)->rule, phase,
                               &error))
        fixture_fail("%s", error.text);
}

/* A thread has the new member's module read what is new there. */
static void
catch_up(void)
{
    while (migration_is_behind(&router_token(1)->members[MIGRATE_NEW]))
        (void)sched_yield();
}

void
migrate_tell(void)
{
    (void)paused_command(CONTROL_MOVED, "two");
    catch_up();
}

void
migrate_look_now(void)
{
    control_look_now();
    catch_up();
}

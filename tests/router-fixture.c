/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts p11mux over toy tokens. */
#include "tests/router-fixture.h"

#include "backends/backend.h"
#include "common/clock.h"
#include "config/module.h"
#include "router/slot-list.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct profile router_profile;

static char *
copy(const char *text)
{
    char *copied = strdup(text);

    if (copied == NULL)
        fixture_fail("no memory");
    return copied;
}

struct config *
router_config(void)
{
    toy_reset();
    return router_config_only();
}

struct config *
router_config_only(void)
{
    struct config *config;
    struct error error = { .rv = CKR_OK };

    if (!config_load_text("toys.conf", "", 0, &config, &error))
        fixture_fail("%s", error.text);
    /* No module of this machine: only what the test adds. */
    while (config->n_modules > 0)
        config_module_clear(&config->modules[--config->n_modules]);
    free(config->state_dir);
    config->state_dir = copy(fixture_folder());
    free(config->runtime_dir);
    config->runtime_dir = copy(fixture_folder());
    profile_resolve("generic", NULL, NULL, NULL, NULL, &router_profile);
    return config;
}

void
router_config_module(struct config *config, const char *name, const char *path)
{
    size_t n_modules = config->n_modules + 1;
    struct config_module *module;

    config->modules =
        realloc(config->modules, n_modules * sizeof(*config->modules));
    if (config->modules == NULL)
        fixture_fail("no memory");
    module = &config->modules[config->n_modules];
    config->n_modules = n_modules;
    *module = (struct config_module){ .name = copy(name), .path = copy(path) };
}

static const struct config_module *
find_module(const struct config *config, const char *name, size_t length)
{
    for (size_t i = 0; i < config->n_modules; i++)
        if (strlen(config->modules[i].name) == length &&
            strncmp(config->modules[i].name, name, length) == 0)
            return &config->modules[i];
    fixture_fail("there is no module %s", name);
}

/* Rules without a module are for lists without a library. */
static void
add_member(const struct config *config, struct config_token *token,
           const char *member)
{
    const char *colon = strchr(member, ':');
    const char *label = colon == NULL ? member : colon + 1;

    token->members[token->n_members++] = (struct config_member){
        .module = colon == NULL
                      ? NULL
                      : find_module(config, member, (size_t)(colon - member)),
        .match = { .uri = copy(fixture_text("pkcs11:token=%s", label)),
                   .label = copy(label) },
        .weight = 1,
    };
}

void
router_config_token(struct config *config, const char *label, ...)
{
    size_t n_tokens = config->n_tokens + 1;
    struct config_token *token;
    const char *member;
    va_list members;

    config->tokens = realloc(config->tokens, n_tokens * sizeof(*token));
    token = config->tokens == NULL ? NULL : &config->tokens[config->n_tokens];
    if (token == NULL)
        fixture_fail("no memory");
    config->n_tokens = n_tokens;
    *token = (struct config_token){ .label = copy(label),
                                    .slot = n_tokens,
                                    .call_budget_ms = 5000,
                                    .replay_bytes = ROUTER_REPLAY_BYTES,
                                    .pool = config_pool_default };
    token->pool.mode = POOL_NONE;
    token->members = calloc(10, sizeof(*token->members));
    va_start(members, label);
    while ((member = va_arg(members, const char *)) != NULL)
        add_member(config, token, member);
    va_end(members);
    token->mode = token->n_members > 1 ? GROUP_FAILOVER : GROUP_SINGLE;
}

static _Atomic(uint64_t) clock_time = UINT64_C(1000000000000);

static uint64_t
read_clock(void)
{
    return atomic_load(&clock_time);
}

void
router_clock_stop(void)
{
    clock_set_source(read_clock);
}

void
router_clock_move(uint64_t milliseconds)
{
    atomic_fetch_add(&clock_time, milliseconds * 1000 * 1000);
}

CK_RV
router_try_start(struct config *config, bool may_create_threads,
                 struct error *error)
{
    struct backend_set *set;

    if (!backend_set_new(config, may_create_threads, &set, error))
        fixture_fail("%s", error->text);
    if (!backend_set_add(set, backend_new_list("toys", &toy_functions,
                                               &router_profile)) ||
        !backend_set_add(set, backend_new_list("others", &toy_second_functions,
                                               &router_profile)))
        fixture_fail("no memory");
    return instance_start_over(config, set, may_create_threads, error);
}

void
router_start(struct config *config)
{
    struct error error = { .rv = CKR_OK };

    if (router_try_start(config, true, &error) != CKR_OK)
        fixture_fail("%s", error.text);
}

void
router_start_one(void)
{
    struct config *config = router_config();

    router_config_token(config, "one", "A", NULL);
    router_start(config);
}

void
router_start_two(void)
{
    struct config *config = router_config();

    router_config_token(config, "two", "A", "B", NULL);
    config->tokens[0].write = WRITE_PRIMARY;
    toy_show(1, "B");
    router_start(config);
}

struct token *
router_token(CK_SLOT_ID slot)
{
    struct token *token = slot_list_find(instance_get()->slots, slot);

    if (token == NULL)
        fixture_fail("there is no slot %lu", slot);
    return token;
}

void
router_look(void)
{
    slot_list_look(instance_get()->slots);
}

void
router_lose(unsigned toy)
{
    toys[toy].has_token = false;
    router_look();
}

void
router_return(unsigned toy)
{
    toys[toy].has_token = true;
    router_look();
}

/* A thread of p11mux may be looking at the old one, which stays; in sight, so
 * that it is no leak. */
struct pool *router_replaced[64];

static void
replace_pool(struct member *member, const struct config_pool *settings)
{
    static unsigned n_replaced;

    if (n_replaced == sizeof(router_replaced) / sizeof(router_replaced[0]))
        fixture_fail("too many pools are replaced");
    router_replaced[n_replaced++] = member->pool;
    __atomic_store_n(&member->pool, pool_new(member, settings),
                     __ATOMIC_RELEASE);
}

/* Settings that outlive the test, since threads read them until C_Finalize. */
static const struct config_pool *
keep_settings(const struct config_pool *settings)
{
    static struct config_pool kept[64];
    static unsigned n_kept;

    if (n_kept == sizeof(kept) / sizeof(kept[0]))
        fixture_fail("too many pools are set");
    kept[n_kept] = *settings;
    return &kept[n_kept++];
}

void
router_pool(CK_SLOT_ID slot, const struct config_pool *settings)
{
    struct token *token = router_token(slot);

    token->pool = keep_settings(settings);
    for (unsigned i = 0; i < token->n_members; i++)
        replace_pool(&token->members[i], token->pool);
}

void
router_rotate(CK_SLOT_ID slot)
{
    struct token *token = router_token(slot);

    router_pool(slot, &config_pool_default);
    for (unsigned i = 0; i < token->n_members; i++)
        pool_rotate(token->members[i].pool);
}

CK_SESSION_HANDLE
router_session(CK_SLOT_ID slot)
{
    CK_SESSION_HANDLE session;
    CK_RV rv = C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                             NULL, &session);

    if (rv != CKR_OK)
        fixture_fail("C_OpenSession: 0x%lx", rv);
    return session;
}

static size_t
find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count,
     CK_OBJECT_HANDLE *out, size_t room)
{
    CK_ULONG found = 0;

    if (C_FindObjectsInit(session, template, count) != CKR_OK ||
        C_FindObjects(session, out, room, &found) != CKR_OK ||
        C_FindObjectsFinal(session) != CKR_OK)
        fixture_fail("a search failed");
    return found;
}

CK_OBJECT_HANDLE
router_find_key(CK_SESSION_HANDLE session, CK_OBJECT_CLASS object_class,
                CK_ULONG number)
{
    CK_BYTE id[] = { (CK_BYTE)(number >> 8), (CK_BYTE)number };
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &object_class, sizeof(object_class) },
        { CKA_ID, id, sizeof(id) },
    };
    CK_OBJECT_HANDLE objects[2];
    size_t found = find(session, template, 2, objects, 2);

    if (found != 1)
        fixture_fail("%zu keys have the number %lu", found, number);
    return objects[0];
}

size_t
router_find_all(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *out, size_t room)
{
    return find(session, NULL, 0, out, room);
}

CK_RV
router_sign_init(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

    return C_SignInit(session, &mechanism, key);
}

CK_RV
router_sign(CK_SESSION_HANDLE session, const char *data, struct toy_result *out)
{
    CK_ULONG length = sizeof(*out);
    char *bytes = copy(data);
    CK_RV rv = C_Sign(session, (CK_BYTE *)bytes, strlen(data), (CK_BYTE *)out,
                      &length);

    free(bytes);
    return rv;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Tokens made ready for a test: initialised, found by label, logged in. */
#include "tests/fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* A text as the non-const bytes that PKCS#11 takes. */
static CK_UTF8CHAR_PTR
text_bytes(const char *text)
{
    CK_UTF8CHAR_PTR bytes;

    memcpy(&bytes, &text, sizeof(bytes));
    return bytes;
}

void
fixture_initialize(const struct module *module, const char *reserved)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
    CK_RV rv;

    arguments.pReserved = text_bytes(reserved);
    rv = module->list->C_Initialize(&arguments);
    if (rv != CKR_OK)
        fixture_fail("%s: C_Initialize: 0x%lx", module->path, rv);
}

static bool
label_is(const CK_TOKEN_INFO *info, const char *label)
{
    CK_UTF8CHAR wanted[sizeof(info->label)];

    memset(wanted, ' ', sizeof(wanted));
    memcpy(wanted, label, strnlen(label, sizeof(wanted)));
    return memcmp(wanted, info->label, sizeof(wanted)) == 0;
}

CK_SLOT_ID
fixture_slot(const CK_FUNCTION_LIST *list, const char *label)
{
    CK_SLOT_ID slots[64];
    CK_ULONG n_slots = 64, i;
    CK_TOKEN_INFO info;
    CK_RV rv = list->C_GetSlotList(CK_TRUE, slots, &n_slots);

    if (rv != CKR_OK)
        fixture_fail("C_GetSlotList: 0x%lx", rv);
    for (i = 0; i < n_slots; i++)
        if (list->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            label_is(&info, label))
            return slots[i];
    fixture_fail("none of %lu tokens has the label \"%s\"", n_slots, label);
}

static CK_SESSION_HANDLE
session_open(const CK_FUNCTION_LIST *list, CK_SLOT_ID slot, CK_USER_TYPE user,
             const char *pin)
{
    CK_SESSION_HANDLE session;
    CK_RV rv = list->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                   NULL, NULL, &session);

    if (rv != CKR_OK)
        fixture_fail("C_OpenSession on slot %lu: 0x%lx", slot, rv);
    if (pin == NULL)
        return session;
    rv = list->C_Login(session, user, text_bytes(pin), strlen(pin));
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
        fixture_fail("C_Login on slot %lu: 0x%lx", slot, rv);
    return session;
}

CK_SESSION_HANDLE
fixture_session(const CK_FUNCTION_LIST *list, CK_SLOT_ID slot, const char *pin)
{
    return session_open(list, slot, CKU_USER, pin);
}

/* The slot may change while its token is initialised (SoftHSM). */
void
fixture_init_token(const CK_FUNCTION_LIST *list, CK_SLOT_ID slot,
                   const char *label, const char *so_pin, const char *pin)
{
    CK_UTF8CHAR padded[32];
    CK_SESSION_HANDLE session;
    CK_RV rv;

    memset(padded, ' ', sizeof(padded));
    memcpy(padded, label, strnlen(label, sizeof(padded)));
    rv = list->C_InitToken(slot, text_bytes(so_pin), strlen(so_pin), padded);
    if (rv != CKR_OK)
        fixture_fail("C_InitToken on slot %lu: 0x%lx", slot, rv);
    slot = fixture_slot(list, label);
    session = session_open(list, slot, CKU_SO, so_pin);
    rv = list->C_InitPIN(session, text_bytes(pin), strlen(pin));
    if (rv != CKR_OK)
        fixture_fail("C_InitPIN on slot %lu: 0x%lx", slot, rv);
    list->C_CloseAllSessions(slot);
}

const char *
fixture_softhsm(const char *name)
{
    const char *folder = fixture_make_folder(name);
    const char *tokens = fixture_text("%s/tokens", folder);

    if (mkdir(tokens, 0700) != 0)
        fixture_fail("%s: %s", tokens, strerror(errno));
    fixture_setenv("SOFTHSM2_CONF", "%s/softhsm2.conf", folder);
    return fixture_write(fixture_text("%s/softhsm2.conf", name), 0600,
                         "directories.tokendir = %s\n"
                         "objectstore.backend = file\n"
                         "log.level = ERROR\n",
                         tokens);
}

/* SoftHSM's last slot always holds a token that is not initialised. */
static CK_SLOT_ID
softhsm_free_slot(const CK_FUNCTION_LIST *list)
{
    CK_SLOT_ID slots[64];
    CK_ULONG n_slots = 64, i;
    CK_TOKEN_INFO info;
    CK_RV rv = list->C_GetSlotList(CK_TRUE, slots, &n_slots);

    if (rv != CKR_OK)
        fixture_fail("C_GetSlotList: 0x%lx", rv);
    for (i = 0; i < n_slots; i++)
        if (list->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            (info.flags & CKF_TOKEN_INITIALIZED) == 0)
            return slots[i];
    fixture_fail("none of SoftHSM's %lu slots is free", n_slots);
}

void
fixture_softhsm_token(const char *label)
{
    struct module *module = module_open(FIXTURE_SOFTHSM);

    fixture_initialize(module, NULL);
    fixture_init_token(module->list, softhsm_free_slot(module->list), label,
                       FIXTURE_SO_PIN, FIXTURE_PIN);
    module->list->C_Finalize(NULL);
    module_close(module);
}

const char *
fixture_nss(const char *name, const char *password)
{
    const char *folder = fixture_make_folder(name);
    const char *database = fixture_text("sql:%s", folder);

    if (password == NULL) {
        fixture_run("certutil", "-N", "-d", database, "--empty-password", NULL);
    } else {
        const char *file = fixture_write(fixture_text("%s/password", name),
                                         0600, "%s\n", password);

        fixture_run("certutil", "-N", "-d", database, "-f", file, NULL);
    }
    return fixture_text("configdir='%s' certPrefix='' keyPrefix='' "
                        "secmod='' flags= cryptoTokenDescription='%s generic' "
                        "dbTokenDescription='%s'",
                        database, name, name);
}

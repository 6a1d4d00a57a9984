/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SoftHSM on a full disk says that it has what it has not: certificates of all
 * sizes through p11mux.so until there is no room, then longer labels and copies
 * of them, and none is lost. When there is room again, the token has the next
 * one.
 */
#include "tests/certificate-fixture.h"
#include "tests/fixture.h"
#include "tests/own-mounts.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOT = 7,
    DISK = 192 * 1024,
    MORE = 64 * 1024,
    LARGEST = 16 * 1024,
    MOST = 400,
    AFTER_FULL = 12, /* certificates that the token has no room for */
    COPIES = 12,
    LABEL = 2000, /* of each, once there is no room */
    PRIME = 1237
};

static const CK_FUNCTION_LIST_3_2 *list;
static CK_SESSION_HANDLE session;

static void
expect(CK_RV rv, const char *what, unsigned number)
{
    if (rv != CKR_OK)
        fixture_fail("%s %u: 0x%lx", what, number, rv);
}

static void
start(void)
{
    expect(list->C_Initialize(NULL), "C_Initialize", 0);
    session =
        fixture_session((const CK_FUNCTION_LIST *)list, SLOT, FIXTURE_PIN);
}

static void
setup(void)
{
    fixture_softhsm("disk/soft");
    fixture_softhsm_token("web");
    fixture_make_folder("state");
    fixture_config("modules = ( { name = \"soft\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"web\"; slot = %d; members = ( "
                   "{ module = \"soft\"; match = \"pkcs11:token=web\"; } );\n"
                   "certificates = { mode = \"hybrid\"; }; } );\n"
                   "state_dir = \"%s\";\n",
                   FIXTURE_SOFTHSM, SLOT, fixture_path("state"));
    list = module_open(fixture_p11mux())->list_3_2;
}

/* One whose value has a size of its own. */
static struct certificate_fixture
make_sized(unsigned number)
{
    static CK_BYTE value[LARGEST];
    struct certificate_fixture out = { .number = number };
    char *subject = strdup(fixture_text("subject %u", number));
    size_t length = 300 + (size_t)number * PRIME % (LARGEST - 300);

    memset(value, (int)number, length);
    value[0] = 0x30;
    value[1] = 0x82;
    value[2] = (CK_BYTE)((length - 4) >> 8);
    value[3] = (CK_BYTE)(length - 4);
    out.value = value;
    out.value_length = length;
    out.subject = out.issuer = out.serial = (unsigned char *)subject;
    out.subject_length = out.issuer_length = out.serial_length =
        strlen(subject);
    return out;
}

static CK_OBJECT_HANDLE
find_one(unsigned number)
{
    struct certificate_fixture certificate = make_sized(number);
    CK_ATTRIBUTE wanted = { CKA_SUBJECT, certificate.subject,
                            certificate.subject_length };
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG n_found = certificate_find(list, session, &wanted, 1, &object);

    free(certificate.subject);
    if (n_found != 1)
        fixture_fail("certificate %u is found %lu times", number, n_found);
    return object;
}

static bool
is_in_store(unsigned number)
{
    CK_BYTE id[64];
    CK_ATTRIBUTE unique = { CKA_UNIQUE_ID, id, sizeof(id) };
    CK_OBJECT_HANDLE object = find_one(number);

    /* SoftHSM's objects have none. */
    return list->C_GetAttributeValue(session, object, &unique, 1) == CKR_OK;
}

static void
create(unsigned number)
{
    struct certificate_fixture certificate = make_sized(number);
    CK_OBJECT_HANDLE object;

    expect(certificate_create(list, session, &certificate, &object), "create",
           number);
    free(certificate.subject);
}

/* A label that only this one has, and that needs more room than it had. */
static CK_ATTRIBUTE
long_label(unsigned number)
{
    static CK_BYTE label[LABEL];

    memset(label, 'x', sizeof(label));
    (void)snprintf((char *)label, sizeof(label), "longer %u", number);
    return (CK_ATTRIBUTE){ CKA_LABEL, label, sizeof(label) };
}

static void
lengthen(unsigned number)
{
    CK_ATTRIBUTE label = long_label(number);

    expect(list->C_SetAttributeValue(session, find_one(number), &label, 1),
           "change", number);
}

static CK_ATTRIBUTE
copys_id(unsigned number)
{
    const char *id = fixture_text("copy %u", number);

    return (CK_ATTRIBUTE){ CKA_ID, (void *)(uintptr_t)id, strlen(id) };
}

static void
copy(unsigned number)
{
    CK_ATTRIBUTE id = copys_id(number);
    CK_OBJECT_HANDLE made;

    expect(list->C_CopyObject(session, find_one(number), &id, 1, &made), "copy",
           number);
}

/* The one that a search shows. */
static void
check(unsigned number, CK_ATTRIBUTE *wanted)
{
    static CK_BYTE value[LARGEST], label[LABEL];
    CK_ATTRIBUTE read[] = {
        { CKA_VALUE, value, sizeof(value) },
        { CKA_LABEL, label, sizeof(label) },
    };
    struct certificate_fixture certificate = make_sized(number);
    CK_ATTRIBUTE longer = long_label(number);
    CK_OBJECT_HANDLE object = 0;

    if (certificate_find(list, session, wanted, 1, &object) != 1)
        fixture_fail("certificate %u is not there once", number);
    expect(list->C_GetAttributeValue(session, object, read, 2), "read", number);
    if (read[0].ulValueLen != certificate.value_length ||
        memcmp(value, certificate.value, read[0].ulValueLen) != 0)
        fixture_fail("certificate %u is another one", number);
    if (read[1].ulValueLen != longer.ulValueLen ||
        memcmp(label, longer.pValue, longer.ulValueLen) != 0)
        fixture_fail("certificate %u has another label", number);
    free(certificate.subject);
}

static void
check_all(unsigned n_made)
{
    for (unsigned i = 0; i < n_made; i++) {
        CK_ATTRIBUTE label = long_label(i), id = copys_id(i);

        if (i < COPIES)
            check(i, &id);
        else
            check(i, &label);
    }
}

static CK_ULONG
count_objects(CK_OBJECT_CLASS object_class)
{
    CK_ATTRIBUTE wanted = { CKA_CLASS, &object_class, sizeof(object_class) };
    CK_OBJECT_HANDLE last;

    return certificate_find(list, session, &wanted, 1, &last);
}

int
main(int count, char **arguments)
{
    unsigned n_made, n_stored = 0;

    own_mounts_enter(count, arguments);
    if (!own_mounts_add(fixture_make_folder("disk"),
                        fixture_text("size=%d,mode=700", DISK)))
        return 77;
    setup();
    start();
    for (n_made = 0; n_made < MOST && n_stored < AFTER_FULL; n_made++) {
        create(n_made);
        n_stored += is_in_store(n_made) ? 1 : 0;
    }
    if (n_stored < AFTER_FULL || n_stored == n_made)
        fixture_fail("%u of %u are in the store", n_stored, n_made);
    for (unsigned i = 0; i < n_made; i++)
        lengthen(i);
    for (unsigned i = 0; i < COPIES; i++)
        copy(i);
    /* What SoftHSM has kept is seen when it starts. */
    expect(list->C_Finalize(NULL), "C_Finalize", 0);
    start();
    check_all(n_made);
    if (count_objects(CKO_CERTIFICATE) != n_made + COPIES ||
        count_objects(CKO_DATA) != 0)
        fixture_fail("the token has something else");
    own_mounts_resize(fixture_path("disk"), MORE);
    create(n_made);
    if (is_in_store(n_made))
        fixture_fail("the token has room and is not asked");
    expect(list->C_Finalize(NULL), "C_Finalize", 1);
    printf("%u certificates, %u of them in the store\n", n_made, n_stored);
    return 0;
}

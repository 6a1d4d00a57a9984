/* SPDX-License-Identifier: BSD-3-Clause */
/* The lists and interfaces that the fault module offers: as many as the
 * module behind it, or wrong ones. */
#include "tests/modules/fault-call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of the 3.2 list as the standard's text has it (R1.1). */
enum { TEXT_SIZE = sizeof(CK_FUNCTION_LIST_3_2) - 2 * sizeof(CK_C_Sign) };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum interface_mode mode;
static bool without_interfaces;
static bool absent[N_FUNCTIONS];
static CK_FUNCTION_LIST_3_2 list_3_2;
static CK_FUNCTION_LIST_3_0 list_3_0;
static CK_FUNCTION_LIST list_2_40;

void
list_set_mode(enum interface_mode new_mode)
{
    pthread_mutex_lock(&lock);
    mode = new_mode;
    pthread_mutex_unlock(&lock);
}

void
list_set_interfaces(bool on)
{
    pthread_mutex_lock(&lock);
    without_interfaces = !on;
    pthread_mutex_unlock(&lock);
}

bool
list_set_absent(enum function function)
{
    pthread_mutex_lock(&lock);
    absent[function] = true;
    pthread_mutex_unlock(&lock);
    return true;
}

void
list_reset(void)
{
    pthread_mutex_lock(&lock);
    mode = INTERFACE_AUTO;
    without_interfaces = false;
    memset(absent, 0, sizeof(absent));
    pthread_mutex_unlock(&lock);
}

bool
list_claims_3_2(void)
{
    bool claims;

    pthread_mutex_lock(&lock);
    claims = mode == INTERFACE_LIE;
    pthread_mutex_unlock(&lock);
    return claims;
}

/* Memory of that size right before a page that nobody may read; kept. */
static void *
memory_at_edge(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
        abort();
    return pages + page - size;
}

/* A beginning of the wrappers' list, with NULL where one is absent. */
static void
list_fill(void *list, size_t size, CK_BYTE major, CK_BYTE minor)
{
    CK_VERSION version = { major, minor };
    size_t offset = sizeof(CK_C_Sign);
    unsigned i;

    memcpy(list, &fault_functions, size);
    memcpy(list, &version, sizeof(version));
    for (i = 0; i < N_FUNCTIONS && offset < size; i++) {
        if (absent[i])
            memset((char *)list + offset, 0, sizeof(CK_C_Sign));
        offset += sizeof(CK_C_Sign);
    }
}

/* The highest minor version that is offered as 3; -1: only 2.40. */
static int
minor_offered_locked(void)
{
    const CK_FUNCTION_LIST_3_2 *vendor;

    switch (mode) {
    case INTERFACE_AUTO:
        vendor = vendor_get();
        if (vendor == NULL || vendor->version.major < 3)
            return -1;
        return vendor->version.minor >= 2 ? 2 : 0;
    case INTERFACE_3_0:
        return 0;
    case INTERFACE_3_2:
    case INTERFACE_TEXT:
        return 2;
    default:
        return -1;
    }
}

CK_ULONG
list_offer(CK_INTERFACE out[LIST_INTERFACES])
{
    static CK_UTF8CHAR standard[] = "PKCS 11";
    static void *text;
    CK_ULONG n = 0;
    int minor;

    script_read_once();
    pthread_mutex_lock(&lock);
    minor = minor_offered_locked();
    if (minor >= 2 && mode == INTERFACE_TEXT) {
        if (text == NULL)
            text = memory_at_edge(TEXT_SIZE);
        list_fill(text, TEXT_SIZE, 3, 2);
        out[n++] = (CK_INTERFACE){ standard, text, 0 };
    } else if (minor >= 2) {
        list_fill(&list_3_2, sizeof(list_3_2), 3, 2);
        out[n++] = (CK_INTERFACE){ standard, &list_3_2, 0 };
    }
    if (minor >= 0) {
        list_fill(&list_3_0, sizeof(list_3_0), 3, 0);
        out[n++] = (CK_INTERFACE){ standard, &list_3_0, 0 };
    }
    if (mode != INTERFACE_LIE && mode != INTERFACE_2_40) {
        list_fill(&list_2_40, sizeof(list_2_40), 2, 40);
        out[n++] = (CK_INTERFACE){ standard, &list_2_40, 0 };
    }
    if (without_interfaces)
        n = 0;
    pthread_mutex_unlock(&lock);
    return n;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list)
{
    static CK_FUNCTION_LIST *edge;

    if (list == NULL)
        return CKR_ARGUMENTS_BAD;
    script_read_once();
    pthread_mutex_lock(&lock);
    if (mode == INTERFACE_LIE) {
        if (edge == NULL)
            edge = memory_at_edge(sizeof(*edge));
        list_fill(edge, sizeof(*edge), 2, 40);
        *list = edge;
    } else {
        list_fill(&list_2_40, sizeof(list_2_40), 2, 40);
        *list = &list_2_40;
    }
    pthread_mutex_unlock(&lock);
    return CKR_OK;
}

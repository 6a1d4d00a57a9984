/* SPDX-License-Identifier: BSD-3-Clause */
/* The interfaces of the fault module; its twin fault-old has none. */
#include "tests/modules/fault-call.h"

#include "tests/modules/answer.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static CK_INTERFACE interfaces[LIST_INTERFACES];

CK_RV
C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count)
{
    CK_RV rv = CKR_FUNCTION_NOT_SUPPORTED;
    CK_ULONG n;

    pthread_mutex_lock(&lock);
    n = list_offer(interfaces);
    if (n > 0)
        rv = answer_interfaces(interfaces, n, list, count);
    pthread_mutex_unlock(&lock);
    return rv;
}

CK_RV
C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version,
               CK_INTERFACE_PTR_PTR interface, CK_FLAGS flags)
{
    CK_RV rv = CKR_FUNCTION_NOT_SUPPORTED;
    CK_ULONG n;

    pthread_mutex_lock(&lock);
    n = list_offer(interfaces);
    if (n > 0)
        rv = answer_interface(interfaces, n, name, version, interface, flags);
    pthread_mutex_unlock(&lock);
    return rv;
}

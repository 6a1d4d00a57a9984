/* SPDX-License-Identifier: BSD-3-Clause */
/* Loads the module that its argument names and prints what C_Initialize
 * answers, then the labels of the tokens, a line each. */
#include "common/cryptoki.h"

#include <dlfcn.h>
#include <stdio.h>

enum { MOST_SLOTS = 64 };

static void
print_tokens(const CK_FUNCTION_LIST *list)
{
    CK_SLOT_ID slots[MOST_SLOTS];
    CK_ULONG n_slots = MOST_SLOTS;
    CK_TOKEN_INFO info;

    if (list->C_GetSlotList(CK_TRUE, slots, &n_slots) != CKR_OK)
        return;
    for (CK_ULONG i = 0; i < n_slots; i++)
        if (list->C_GetTokenInfo(slots[i], &info) == CKR_OK)
            printf("%.32s\n", (const char *)info.label);
}

int
main(int argc, char **argv)
{
    void *library = argc < 2 ? NULL : dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get_list;
    CK_FUNCTION_LIST *list;
    CK_RV rv;

    if (library == NULL) {
        fprintf(stderr, "%s\n", argc < 2 ? "which module?" : dlerror());
        return 1;
    }
    get_list = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
    if (get_list == NULL || get_list(&list) != CKR_OK)
        return 1;
    rv = list->C_Initialize(NULL);
    printf("0x%lx\n", rv);
    if (rv == CKR_OK) {
        print_tokens(list);
        (void)list->C_Finalize(NULL);
    }
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The overflow backend as a whole: its list, its beginning and its end. */
#include "backends/overflow-private.h"

#include "backends/list.h"
#include "backends/profile.h"

/* What it has of its own. A module's list of 3.2 has the functions of 3.0 that
 * are among them. */
static CK_FUNCTION_LIST_3_2 functions;

static void
make_functions(void)
{
    const CK_FUNCTION_LIST none = { .version = { 2, 40 } };

    (void)list_complete(&none, false, &functions);
    functions.version = (CK_VERSION){ 3, 2 };
    functions.C_GetSlotList = overflow_get_slot_list;
    functions.C_GetSlotInfo = overflow_get_slot_info;
    functions.C_GetTokenInfo = overflow_get_token_info;
    functions.C_OpenSession = overflow_open_session;
    functions.C_CloseSession = overflow_close_session;
    functions.C_CloseAllSessions = overflow_close_all_sessions;
    functions.C_GetSessionInfo = overflow_get_session_info;
    functions.C_Login = overflow_login;
    functions.C_LoginUser = overflow_login_user;
    functions.C_Logout = overflow_logout;
    functions.C_CreateObject = overflow_create_object;
    functions.C_CopyObject = overflow_copy_object;
    functions.C_DestroyObject = overflow_destroy_object;
    functions.C_GetObjectSize = overflow_get_object_size;
    functions.C_GetAttributeValue = overflow_get_attribute_value;
    functions.C_SetAttributeValue = overflow_set_attribute_value;
    functions.C_FindObjectsInit = overflow_find_objects_init;
    functions.C_FindObjects = overflow_find_objects;
    functions.C_FindObjectsFinal = overflow_find_objects_final;
}

struct backend *
overflow_begin(struct store *store, const struct overflow_slot *slots,
               size_t n_slots)
{
    /* The store's numbers are never used again, nor are a session's. */
    const struct config_profile settings = { .handle_reuse = ANSWER_NO };
    struct profile profile;
    struct backend *backend;

    if (!slots_begin(slots, n_slots))
        return NULL;
    keep_begin(store);
    make_functions();
    profile_resolve("generic", NULL, NULL, NULL, &settings, &profile);
    backend = backend_new_list("overflow", &functions, &profile);
    if (backend == NULL)
        slots_end();
    return backend;
}

void
overflow_end(void)
{
    sessions_end();
    memory_end();
    slots_end();
}

void
overflow_fork_child(void)
{
    sessions_fork_child();
    memory_fork_child();
    slots_fork_child();
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* A PKCS#11 module in front of another that does what a script tells it
 * (fault.h); without a script it only counts. */
#include "tests/modules/fault-call.h"

#include <string.h>

/* Which slot and session a call is about. */
static void
call_place(struct fault_call *call)
{
    const struct argument *first = &call->arguments[0];

    if (first->kind == ARGUMENT_SESSION) {
        call->session = first->number;
        call->has_slot = session_slot(call->session, &call->slot);
    } else if (first->kind == ARGUMENT_NUMBER &&
               strcmp(first->name, "slot") == 0) {
        call->slot = first->number;
        call->has_slot = true;
    }
}

/* Puts the module's handles into the caller's arguments. */
static void
call_to_vendor(struct fault_call *call)
{
    size_t i;

    for (i = 0; i < call->n_arguments; i++) {
        const struct argument *argument = &call->arguments[i];
        CK_ULONG *handle = argument->at;

        if (argument->kind == ARGUMENT_SESSION)
            *handle = session_vendor(argument->number);
        else if (argument->kind == ARGUMENT_OBJECT && *handle != 0)
            *handle = object_vendor(argument->number);
        else if (argument->kind == ARGUMENT_MECHANISM &&
                 argument->pointer != NULL && !handles_are_plain())
            mechanism_to_vendor(call, argument->at);
    }
}

/* False: the call is answered without the module. */
static bool
call_begin(struct fault_call *call)
{
    const struct argument *first = &call->arguments[0];

    call->rv = CKR_OK;
    if (call->function == FUNCTION_C_Initialize) {
        script_read_once();
        vendor_arguments(first->pointer, &call->init_args);
        if (first->pointer != NULL || call->init_args.pReserved != NULL)
            *(CK_VOID_PTR *)first->at = &call->init_args;
    }
    call_place(call);
    if (rules_before(call->function, &call->rv))
        return false;
    call->vendor = vendor_get();
    if (call->vendor == NULL) {
        call->rv = CKR_GENERAL_ERROR;
        return false;
    }
    if (token_answers(call))
        return false;
    call_to_vendor(call);
    call->reached = true;
    return true;
}

/* CKA_TOKEN of a template, or NULL. */
static const CK_BBOOL *
template_token(const struct argument *template)
{
    const CK_ATTRIBUTE *attributes = template->pointer;
    CK_ULONG i;

    for (i = 0; attributes != NULL && i < template->number; i++)
        if (attributes[i].type == CKA_TOKEN)
            return attributes[i].pValue;
    return NULL;
}

/* Whether the nth object that a call made outlives its session: its nth
 * template says so, or the object that it is a copy of. */
static bool
made_is_token(const struct fault_call *call, size_t nth)
{
    const CK_BBOOL *token = NULL;
    size_t i, n = 0;

    for (i = 0; i < call->n_arguments; i++)
        if (call->arguments[i].kind == ARGUMENT_TEMPLATE && n++ <= nth)
            token = template_token(&call->arguments[i]);
    if (token == NULL && call->function == FUNCTION_C_CopyObject)
        return !object_is_session(call->slot,
                                  *(CK_OBJECT_HANDLE *)call->arguments[1].at);
    return token != NULL && *token != CK_FALSE;
}

static void
found_from_vendor(const struct fault_call *call,
                  const struct argument *argument)
{
    CK_OBJECT_HANDLE *objects = argument->pointer;
    CK_ULONG i;

    for (i = 0; i < *argument->length_at; i++)
        objects[i] = object_add(call->slot, objects[i], false, 0);
}

static void
async_from_vendor(const struct fault_call *call, CK_ASYNC_DATA *data)
{
    if (data->hObject != CK_INVALID_HANDLE)
        data->hObject =
            object_add(call->slot, data->hObject, true, call->session);
    if (data->hAdditionalObject != CK_INVALID_HANDLE)
        data->hAdditionalObject =
            object_add(call->slot, data->hAdditionalObject, true,
                       call->session);
}

/* A size query makes no object (C_EncapsulateKey). */
static bool
call_asks_size(const struct fault_call *call)
{
    size_t i;

    for (i = 0; i < call->n_arguments; i++)
        if (call->arguments[i].kind == ARGUMENT_BUFFER &&
            call->arguments[i].pointer == NULL)
            return true;
    return false;
}

/* Puts the caller's numbers into what the module gave. */
static void
call_from_vendor(struct fault_call *call)
{
    bool asks = call_asks_size(call);
    size_t n_made = 0, i;

    for (i = 0; i < call->n_arguments; i++) {
        const struct argument *argument = &call->arguments[i];
        CK_ULONG *handle = argument->pointer;

        if (argument->kind == ARGUMENT_FOUND)
            found_from_vendor(call, argument);
        else if (argument->kind == ARGUMENT_MADE_SESSION)
            *handle = session_add(call->slot, *handle);
        else if (argument->kind == ARGUMENT_MADE_OBJECT && handle != NULL &&
                 !asks) {
            bool token = made_is_token(call, n_made++);

            *handle = object_add(call->slot, *handle, true,
                                 token ? 0 : call->session);
        } else if (argument->kind == ARGUMENT_MECHANISM && handle != NULL &&
                   call->function == FUNCTION_C_DeriveKey)
            mechanism_from_vendor(call, argument->pointer);
    }
}

/* What a call that went well leaves behind. */
static void
call_settle(struct fault_call *call)
{
    switch (call->function) {
    case FUNCTION_C_Finalize:
        handles_clear();
        device_give_all();
        break;
    case FUNCTION_C_CloseSession:
        session_remove(call->session);
        device_give(1);
        break;
    case FUNCTION_C_CloseAllSessions:
        device_give(sessions_remove(call->slot));
        break;
    case FUNCTION_C_DestroyObject:
        object_remove(call->slot, *(CK_OBJECT_HANDLE *)call->arguments[1].at);
        break;
    case FUNCTION_C_AsyncComplete:
        async_from_vendor(call, call->arguments[2].pointer);
        break;
    case FUNCTION_C_GetInfo:
        if (list_claims_3_2())
            ((CK_INFO *)call->arguments[0].pointer)->cryptokiVersion =
                (CK_VERSION){ 3, 2 };
        break;
    default:
        break;
    }
}

static CK_RV
call_end(struct fault_call *call)
{
    if (!call->reached)
        return call->rv;
    if (call->rv == CKR_OK) {
        call_from_vendor(call);
        call_settle(call);
        token_amend(call);
    } else if (call->function == FUNCTION_C_OpenSession)
        device_give(1);
    (void)rules_after(call->function, &call->rv);
    return call->rv;
}

/* The copies inside a call are not zeroed. */
#define FUNCTION(name, parameters, values, ...)                                \
    static CK_RV fault_##name parameters                                       \
    {                                                                          \
        struct argument arguments[] = { __VA_ARGS__ };                         \
        struct fault_call call;                                                \
                                                                               \
        memset(&call, 0, offsetof(struct fault_call, mechanism));              \
        call.function = FUNCTION_##name;                                       \
        call.arguments = arguments;                                            \
        call.n_arguments = sizeof(arguments) / sizeof(arguments[0]);           \
        if (call_begin(&call))                                                 \
            call.rv = call.vendor->name != NULL ? call.vendor->name values     \
                                                : CKR_FUNCTION_NOT_SUPPORTED;  \
        return call_end(&call);                                                \
    }
#include "tests/modules/functions.def"

const CK_FUNCTION_LIST_3_2 fault_functions = {
    .version = { 3, 2 },
#define FUNCTION(name, parameters, values, ...) .name = fault_##name,
#include "tests/modules/functions.def"
};

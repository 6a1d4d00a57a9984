/* SPDX-License-Identifier: BSD-3-Clause */
/* What a call of the record module answers: what the hook says, what was
 * ordered, what a token would, else something of the function's own. */
#include "tests/modules/record-call.h"

#include "tests/modules/answer.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct record_answer ordered[N_FUNCTIONS]; /* times 0: none */
static CK_OBJECT_HANDLE next_object = RECORD_OBJECT;
static record_hook hook;
static void *hook_context;

bool
record_answer(const char *function, const struct record_answer *answer)
{
    enum function index = function_find(function);

    if (index >= N_FUNCTIONS)
        return false;
    pthread_mutex_lock(&lock);
    ordered[index] = *answer;
    if (answer->times == 0)
        ordered[index].times = 1;
    pthread_mutex_unlock(&lock);
    return true;
}

void
record_set_hook(record_hook new_hook, void *context)
{
    pthread_mutex_lock(&lock);
    hook = new_hook;
    hook_context = context;
    pthread_mutex_unlock(&lock);
}

void
answer_reset(void)
{
    pthread_mutex_lock(&lock);
    memset(ordered, 0, sizeof(ordered));
    next_object = RECORD_OBJECT;
    hook = NULL;
    pthread_mutex_unlock(&lock);
    token_reset();
}

/* One of the answers that were ordered for a function. */
static bool
order_take(enum function function, struct record_answer *out)
{
    bool taken;

    pthread_mutex_lock(&lock);
    taken = ordered[function].times > 0;
    if (taken) {
        *out = ordered[function];
        ordered[function].times--;
    }
    pthread_mutex_unlock(&lock);
    return taken;
}

static CK_OBJECT_HANDLE
object_make(void)
{
    CK_OBJECT_HANDLE object;

    pthread_mutex_lock(&lock);
    object = next_object++;
    pthread_mutex_unlock(&lock);
    return object;
}

static void
room_fill(void *room, size_t n_room, const CK_BYTE *bytes, size_t n_bytes)
{
    size_t i;

    for (i = 0; i < n_room; i++)
        ((CK_BYTE *)room)[i] = n_bytes > 0 ? bytes[i % n_bytes] : 0;
}

/* What comes out through one argument. `n_made` counts the objects. */
static CK_RV
argument_answer(const struct argument *argument,
                const struct record_answer *answer, unsigned *n_made)
{
    CK_OBJECT_HANDLE object;

    switch (argument->kind) {
    case ARGUMENT_BUFFER:
        /* A NULL length is the middle of a message (C_SignMessageNext). */
        if (argument->length_at == NULL)
            return CKR_OK;
        return answer_bytes(answer->bytes, answer->n_bytes, argument->pointer,
                            argument->length_at);
    case ARGUMENT_ROOM:
        room_fill(argument->pointer, argument->number, answer->bytes,
                  answer->n_bytes);
        return CKR_OK;
    case ARGUMENT_RESULT:
        *(CK_ULONG *)argument->pointer = answer->number;
        return CKR_OK;
    case ARGUMENT_STRUCTURE:
        memset(argument->pointer, 0, argument->number);
        return CKR_OK;
    case ARGUMENT_MADE_OBJECT:
        /* A mechanism that gives its keys in its parameter. */
        if (argument->pointer == NULL)
            return CKR_OK;
        object = answer->objects[*n_made < RECORD_OBJECTS ? *n_made : 0];
        *(CK_OBJECT_HANDLE *)argument->pointer =
            object != 0 ? object : object_make();
        ++*n_made;
        return CKR_OK;
    default:
        return CKR_OK;
    }
}

/* A size query makes nothing (C_EncapsulateKey). */
static bool
arguments_ask_size(const struct argument *arguments, size_t n_arguments)
{
    size_t i;

    for (i = 0; i < n_arguments; i++)
        if (arguments[i].kind == ARGUMENT_BUFFER &&
            arguments[i].pointer == NULL)
            return true;
    return false;
}

static CK_RV
answer_arguments(enum function function, const struct argument *arguments,
                 size_t n_arguments, struct record_answer *answer)
{
    bool asks = arguments_ask_size(arguments, n_arguments);
    unsigned n_made = 0;
    CK_RV rv = CKR_OK;
    size_t i;

    if (answer->bytes == NULL) {
        answer->bytes = function_names[function];
        answer->n_bytes = strlen(function_names[function]);
    }
    if (answer->number == 0)
        answer->number = 0x7e0000UL + function;
    for (i = 0; i < n_arguments && rv == CKR_OK; i++)
        if (!asks || arguments[i].kind != ARGUMENT_MADE_OBJECT)
            rv = argument_answer(&arguments[i], answer, &n_made);
    return rv;
}

CK_RV
answer_call(enum function function, struct argument *arguments,
            size_t n_arguments)
{
    struct record_answer answer = { 0 };
    record_hook call_hook;
    void *context;
    CK_RV rv;

    pthread_mutex_lock(&lock);
    call_hook = hook;
    context = hook_context;
    pthread_mutex_unlock(&lock);
    if (call_hook != NULL &&
        call_hook(function, arguments, n_arguments, &rv, context))
        return rv;
    if (order_take(function, &answer)) {
        if (answer.rv != CKR_OK)
            return answer.rv;
        /* Without outputs of its own, it is a success like any other. */
        if (answer.bytes == NULL && answer.number == 0 &&
            answer.objects[0] == 0 && token_answer(function, arguments, &rv))
            return rv;
        return answer_arguments(function, arguments, n_arguments, &answer);
    }
    if (token_answer(function, arguments, &rv))
        return rv;
    return answer_arguments(function, arguments, n_arguments, &answer);
}

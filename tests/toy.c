/* SPDX-License-Identifier: BSD-3-Clause */
/* Toy tokens: each call is noted, meets the test's rules, then its token. */
#include "tests/toy-inside.h"

#include "tests/modules/answer.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>

enum { MOST_RULES = 16 };

struct rule {
    CK_SLOT_ID slot;
    enum function function;
    CK_RV rv;
    unsigned times;
    bool after;
};

/* Notes and rules; the tokens have a lock of their own. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[MOST_RULES];
static struct toy_call last[N_FUNCTIONS];
static unsigned long counts[N_FUNCTIONS][TOY_SLOTS];
static toy_hook current_hook;

static CK_SLOT_ID held_slot;
static enum function held_function = N_FUNCTIONS;
static unsigned n_held;
static sem_t came, go_on;

static pthread_mutex_t token_lock = PTHREAD_MUTEX_INITIALIZER;

/* -- Rules ---------------------------------------------------------------- */

static void
add_rule(struct rule rule)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < MOST_RULES; i++)
        if (rules[i].times == 0) {
            rules[i] = rule;
            break;
        }
    pthread_mutex_unlock(&lock);
}

void
toy_fail(CK_SLOT_ID slot, enum function function, CK_RV rv, unsigned times)
{
    add_rule((struct rule){ slot, function, rv, times, false });
}

void
toy_fail_after(CK_SLOT_ID slot, enum function function, CK_RV rv,
               unsigned times)
{
    add_rule((struct rule){ slot, function, rv, times, true });
}

void
toy_reset_rules(void)
{
    pthread_mutex_lock(&lock);
    memset(rules, 0, sizeof(rules));
    pthread_mutex_unlock(&lock);
}

static bool
apply_rule(enum function function, CK_SLOT_ID slot, bool after, CK_RV *rv)
{
    bool applies = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < MOST_RULES && !applies; i++) {
        struct rule *rule = &rules[i];

        applies = rule->times > 0 && rule->function == function &&
                  rule->after == after &&
                  (rule->slot == slot || rule->slot == TOY_ANY);
        if (applies) {
            rule->times--;
            *rv = rule->rv;
        }
    }
    pthread_mutex_unlock(&lock);
    return applies;
}

void
toy_set_hook(toy_hook hook)
{
    current_hook = hook;
}

/* -- Holding -------------------------------------------------------------- */

void
toy_hold(CK_SLOT_ID slot, enum function function)
{
    pthread_mutex_lock(&lock);
    held_slot = slot;
    held_function = function;
    pthread_mutex_unlock(&lock);
}

void
toy_wait_for_held(void)
{
    while (sem_wait(&came) != 0)
        continue;
}

void
toy_release(void)
{
    pthread_mutex_lock(&lock);
    held_function = N_FUNCTIONS;
    for (; n_held > 0; n_held--)
        sem_post(&go_on);
    pthread_mutex_unlock(&lock);
}

/* A cancellation point, as a module that reads from its device is one. */
static void
wait_if_held(enum function function, CK_SLOT_ID slot)
{
    bool is_held;

    pthread_mutex_lock(&lock);
    is_held = held_function == function &&
              (held_slot == slot || held_slot == TOY_ANY);
    if (is_held)
        n_held++;
    pthread_mutex_unlock(&lock);
    if (!is_held)
        return;
    sem_post(&came);
    while (sem_wait(&go_on) != 0)
        continue;
}

/* -- Notes ---------------------------------------------------------------- */

static void
note(enum function function, CK_SLOT_ID slot, const struct argument *arguments,
     size_t n_arguments)
{
    struct toy_call *call = &last[function];
    size_t n_objects = 0;

    pthread_mutex_lock(&lock);
    *call = (struct toy_call){ .count = call->count + 1, .slot = slot };
    if (slot >= TOY_SLOT(0) && slot < TOY_SLOT(TOY_SLOTS))
        counts[function][slot - TOY_SLOT(0)]++;
    for (size_t i = 0; i < n_arguments; i++) {
        if (arguments[i].kind == ARGUMENT_SESSION)
            call->session = arguments[i].number;
        else if (arguments[i].kind == ARGUMENT_OBJECT && n_objects < 2)
            call->objects[n_objects++] = arguments[i].number;
        else if (arguments[i].kind == ARGUMENT_MECHANISM)
            call->mechanism = arguments[i].pointer;
    }
    pthread_mutex_unlock(&lock);
}

struct toy_call
toy_last(enum function function)
{
    struct toy_call call;

    pthread_mutex_lock(&lock);
    call = last[function];
    pthread_mutex_unlock(&lock);
    return call;
}

unsigned long
toy_count(CK_SLOT_ID slot, enum function function)
{
    unsigned long count;

    pthread_mutex_lock(&lock);
    count = slot == TOY_ANY ? last[function].count
                            : counts[function][slot - TOY_SLOT(0)];
    pthread_mutex_unlock(&lock);
    return count;
}

void
toy_forget_calls(void)
{
    pthread_mutex_lock(&lock);
    memset(last, 0, sizeof(last));
    memset(counts, 0, sizeof(counts));
    pthread_mutex_unlock(&lock);
}

/* -- Between calls -------------------------------------------------------- */

void
toy_visit(void (*look)(void *context), void *context)
{
    pthread_mutex_lock(&token_lock);
    look(context);
    pthread_mutex_unlock(&token_lock);
}

void
toy_sessions_end(unsigned index)
{
    pthread_mutex_lock(&token_lock);
    toy_end_sessions(index);
    pthread_mutex_unlock(&token_lock);
}

/* -- Calls ---------------------------------------------------------------- */

static CK_SLOT_ID
slot_of(const struct argument *arguments, size_t n_arguments)
{
    if (n_arguments > 0 && arguments[0].kind == ARGUMENT_SESSION) {
        const struct toy_session *session;
        CK_SLOT_ID slot;

        pthread_mutex_lock(&token_lock);
        session = toy_session(arguments[0].number);
        slot = session == NULL ? 0 : TOY_SLOT(session->index);
        pthread_mutex_unlock(&token_lock);
        return slot;
    }
    return n_arguments > 0 && arguments[0].kind == ARGUMENT_NUMBER
               ? arguments[0].number
               : 0;
}

static bool
is_answered(enum function function, CK_SLOT_ID slot, struct argument *arguments,
            size_t n_arguments, CK_RV *rv)
{
    note(function, slot, arguments, n_arguments);
    wait_if_held(function, slot);
    if (current_hook != NULL && current_hook(function, slot, arguments, rv))
        return true;
    return apply_rule(function, slot, false, rv);
}

#define FUNCTION(name, parameters, values, ...)                                \
    static CK_RV toy_##name parameters                                         \
    {                                                                          \
        struct argument arguments[] = { __VA_ARGS__ };                         \
        size_t n_arguments = sizeof(arguments) / sizeof(arguments[0]);         \
        CK_SLOT_ID its_slot = slot_of(arguments, n_arguments);                 \
        CK_RV rv = CKR_FUNCTION_NOT_SUPPORTED;                                 \
                                                                               \
        if (is_answered(FUNCTION_##name, its_slot, arguments, n_arguments,     \
                        &rv))                                                  \
            return rv;                                                         \
        pthread_mutex_lock(&token_lock);                                       \
        if (toy_actions.name != NULL)                                          \
            rv = toy_actions.name values;                                      \
        pthread_mutex_unlock(&token_lock);                                     \
        (void)apply_rule(FUNCTION_##name, its_slot, true, &rv);                \
        return rv;                                                             \
    }
#include "tests/modules/functions.def"

/* The lists differ in which slots they show. */
static CK_RV
list_slots(unsigned first, unsigned end, CK_SLOT_ID_PTR slots,
           CK_ULONG_PTR count)
{
    CK_SLOT_ID shown[TOY_SLOTS];
    CK_ULONG n_shown = 0;
    CK_RV rv;

    if (is_answered(FUNCTION_C_GetSlotList, TOY_SLOT(first), NULL, 0, &rv))
        return rv;
    for (unsigned i = first; i < end; i++)
        if (toys[i].has_slot)
            shown[n_shown++] = TOY_SLOT(i);
    return answer_numbers(shown, n_shown, slots, count);
}

static CK_RV
first_slots(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count)
{
    (void)present;
    return list_slots(0, TOY_SECOND, slots, count);
}

static CK_RV
second_slots(CK_BBOOL present, CK_SLOT_ID_PTR slots, CK_ULONG_PTR count)
{
    (void)present;
    return list_slots(TOY_SECOND, TOY_SLOTS, slots, count);
}

CK_FUNCTION_LIST_3_2 toy_functions = {
    .version = { 3, 2 },
#define FUNCTION(name, parameters, values, ...) .name = toy_##name,
#include "tests/modules/functions.def"
};

CK_FUNCTION_LIST_3_2 toy_second_functions;

void
toy_fork(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_init(&token_lock, NULL);
    toy_forget_calls();
    toy_sessions_reset();
    for (size_t i = 0; i < TOY_SLOTS; i++)
        toys[i].user = (CK_USER_TYPE)-1;
    held_function = N_FUNCTIONS;
    n_held = 0;
    sem_init(&came, 0, 0);
    sem_init(&go_on, 0, 0);
}

void
toy_reset(void)
{
    toy_fork();
    toy_reset_rules();
    memset(toys, 0, sizeof(toys));
    current_hook = NULL;
    toy_functions.C_GetSlotList = first_slots;
    toy_second_functions = toy_functions;
    toy_second_functions.C_GetSlotList = second_slots;
    toy_show(0, "A");
}

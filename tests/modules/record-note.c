/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of the arguments of the last call of each function. */
#include "tests/modules/record-call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const char *const function_names[N_FUNCTIONS] = {
#define FUNCTION(name, parameters, values, ...) #name,
#include "tests/modules/functions.def"
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct record records[N_FUNCTIONS];
static const struct record *last;
static unsigned long n_all;

enum function
function_find(const char *name)
{
    unsigned i;

    for (i = 0; i < N_FUNCTIONS; i++)
        if (strcmp(function_names[i], name) == 0)
            break;
    return (enum function)i;
}

/* Memory that ends the test when there is none. */
static void *
copy_bytes(const void *from, size_t length)
{
    void *to = malloc(length > 0 ? length : 1);

    if (to == NULL)
        abort();
    if (length > 0)
        memcpy(to, from, length);
    return to;
}

static void
template_free(const CK_ATTRIBUTE *template, size_t n_template)
{
    CK_ATTRIBUTE *own;
    size_t i;

    memcpy(&own, &template, sizeof(own));
    for (i = 0; i < n_template; i++)
        free(own[i].pValue);
    free(own);
}

static void
record_clear(struct record *record)
{
    size_t i;

    for (i = 0; i < record->n_arguments; i++) {
        struct record_argument *argument = &record->arguments[i];
        void *bytes;

        memcpy(&bytes, &argument->bytes, sizeof(bytes));
        free(bytes);
        template_free(argument->template, argument->n_template);
    }
    record->n_arguments = 0;
    memset(record->arguments, 0, sizeof(record->arguments));
}

/* Values of templates that are filled in place are not read. */
static CK_ATTRIBUTE *
template_copy(const CK_ATTRIBUTE *from, size_t n_from, bool with_values)
{
    CK_ATTRIBUTE *to = copy_bytes(from, n_from * sizeof(*from));
    size_t i;

    for (i = 0; i < n_from; i++)
        to[i].pValue = with_values && from[i].pValue != NULL
                           ? copy_bytes(from[i].pValue, from[i].ulValueLen)
                           : NULL;
    return to;
}

static void
note_bytes(struct record_argument *out, const void *bytes, size_t n_bytes)
{
    if (bytes == NULL)
        return;
    out->bytes = copy_bytes(bytes, n_bytes);
    out->n_bytes = n_bytes;
}

static void
note_argument(struct record_argument *out, const struct argument *argument)
{
    const CK_MECHANISM *mechanism;

    out->kind = argument->kind;
    out->name = argument->name;
    out->number = argument->number;
    out->pointer = argument->pointer;
    if (argument->length_at != NULL)
        out->room = *argument->length_at;
    if (argument->pointer == NULL)
        return;
    switch (argument->kind) {
    case ARGUMENT_BYTES:
    case ARGUMENT_MEMORY:
        note_bytes(out, argument->pointer, argument->number);
        break;
    case ARGUMENT_NAME:
        note_bytes(out, argument->pointer, strlen(argument->pointer) + 1);
        break;
    case ARGUMENT_MECHANISM:
        mechanism = argument->pointer;
        out->mechanism = mechanism->mechanism;
        note_bytes(out, mechanism->pParameter, mechanism->ulParameterLen);
        break;
    case ARGUMENT_TEMPLATE:
    case ARGUMENT_ATTRIBUTES:
        out->template = template_copy(argument->pointer, argument->number,
                                      argument->kind == ARGUMENT_TEMPLATE);
        out->n_template = argument->number;
        break;
    default:
        break;
    }
}

void
note_call(enum function function, const struct argument *arguments,
          size_t n_arguments)
{
    struct record *record = &records[function];
    size_t i;

    pthread_mutex_lock(&lock);
    record_clear(record);
    record->function = function_names[function];
    record->n_calls++;
    record->order = ++n_all;
    for (i = 0; i < n_arguments && i < RECORD_ARGUMENTS; i++)
        note_argument(&record->arguments[i], &arguments[i]);
    record->n_arguments = i;
    last = record;
    pthread_mutex_unlock(&lock);
}

const struct record *
record_last(void)
{
    const struct record *record;

    pthread_mutex_lock(&lock);
    record = last;
    pthread_mutex_unlock(&lock);
    return record;
}

const struct record *
record_of(const char *function)
{
    enum function index = function_find(function);
    const struct record *record = NULL;

    pthread_mutex_lock(&lock);
    if (index < N_FUNCTIONS && records[index].n_calls > 0)
        record = &records[index];
    pthread_mutex_unlock(&lock);
    return record;
}

unsigned long
record_count(const char *function)
{
    const struct record *record;
    unsigned long count;

    if (function != NULL) {
        record = record_of(function);
        return record == NULL ? 0 : record->n_calls;
    }
    pthread_mutex_lock(&lock);
    count = n_all;
    pthread_mutex_unlock(&lock);
    return count;
}

static void
records_clear(void)
{
    size_t i;

    pthread_mutex_lock(&lock);
    for (i = 0; i < N_FUNCTIONS; i++) {
        record_clear(&records[i]);
        records[i].n_calls = 0;
    }
    last = NULL;
    n_all = 0;
    pthread_mutex_unlock(&lock);
}

void
record_reset(void)
{
    records_clear();
    answer_reset();
}

static void __attribute__((destructor)) records_free(void)
{
    records_clear();
}

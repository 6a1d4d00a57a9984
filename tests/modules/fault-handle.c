/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers that callers of the fault module have for the sessions and
 * objects of the module behind it. */
#include "tests/modules/fault-call.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* Sessions are one module's, objects one slot's (NSS softoken). */
struct holding {
    CK_SLOT_ID scope; /* the slot of an object, 0 for sessions */
    CK_ULONG vendor;
    CK_ULONG number;
    CK_SLOT_ID slot;         /* of a session */
    CK_SESSION_HANDLE owner; /* of a session object, else 0 */
    unsigned n_owned;        /* objects of a session */
    bool made;               /* counts against `objects` */
    LIST_ENTRY(holding) link;
};

/* Entries by the module's handle, and by number where these are reused. */
struct table {
    CK_ULONG factor; /* odd: a bijection of all 64 bits */
    CK_ULONG inverse;
    void *tree;
    LIST_HEAD(, holding) all;
    struct holding **by_number;
    size_t room;
    size_t lowest; /* no number below is free */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum handle_mode mode;
static struct table sessions = { .factor = 0x9e3779b97f4a7c15UL };
static struct table objects = { .factor = 0xd1b54a32d192ed03UL };

/* Newton's iteration doubles the number of right bits: 3, 6, ... 96. */
static CK_ULONG
inverse_of(CK_ULONG odd)
{
    CK_ULONG inverse = odd;
    int i;

    for (i = 0; i < 5; i++)
        inverse *= 2 - odd * inverse;
    return inverse;
}

static void __attribute__((constructor)) tables_prepare(void)
{
    sessions.inverse = inverse_of(sessions.factor);
    objects.inverse = inverse_of(objects.factor);
}

static void *
must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static int
entry_compare(const void *left, const void *right)
{
    const struct holding *a = left, *b = right;

    if (a->scope != b->scope)
        return a->scope < b->scope ? -1 : 1;
    return a->vendor < b->vendor ? -1 : a->vendor > b->vendor;
}

static struct holding *
table_find(struct table *table, CK_SLOT_ID scope, CK_ULONG vendor)
{
    struct holding key = { .scope = scope, .vendor = vendor };
    struct holding **found = tfind(&key, &table->tree, entry_compare);

    return found != NULL ? *found : NULL;
}

/* The lowest number that nobody has. */
static CK_ULONG
number_take(struct table *table, struct holding *entry)
{
    size_t room = table->room;

    while (table->lowest < room && table->by_number[table->lowest] != NULL)
        table->lowest++;
    if (table->lowest == room) {
        table->room = room == 0 ? 64 : 2 * room;
        table->by_number = must(reallocarray(table->by_number, table->room,
                                             sizeof(*table->by_number)));
        memset(table->by_number + room, 0,
               (table->room - room) * sizeof(*table->by_number));
    }
    table->by_number[table->lowest] = entry;
    return table->lowest + 1;
}

/* The entry of a module's handle, made when it is new. */
static struct holding *
table_add(struct table *table, CK_SLOT_ID scope, CK_ULONG vendor)
{
    struct holding *entry = table_find(table, scope, vendor);

    if (entry != NULL)
        return entry;
    entry = must(calloc(1, sizeof(*entry)));
    entry->scope = scope;
    entry->vendor = vendor;
    if (mode == HANDLES_PLAIN)
        entry->number = vendor;
    else if (mode == HANDLES_WIDE)
        entry->number = vendor * table->factor;
    else
        entry->number = number_take(table, entry);
    must(tsearch(entry, &table->tree, entry_compare));
    LIST_INSERT_HEAD(&table->all, entry, link);
    return entry;
}

static void
table_remove(struct table *table, struct holding *entry)
{
    if (mode == HANDLES_REUSE) {
        table->by_number[entry->number - 1] = NULL;
        if (entry->number - 1 < table->lowest)
            table->lowest = entry->number - 1;
    }
    tdelete(entry, &table->tree, entry_compare);
    LIST_REMOVE(entry, link);
    free(entry);
}

static void
table_clear(struct table *table)
{
    while (!LIST_EMPTY(&table->all))
        table_remove(table, LIST_FIRST(&table->all));
    free(table->by_number);
    table->by_number = NULL;
    table->room = table->lowest = 0;
}

static CK_ULONG
vendor_of(const struct table *table, CK_ULONG number)
{
    if (mode == HANDLES_PLAIN)
        return number;
    if (mode == HANDLES_WIDE)
        return number * table->inverse;
    if (number == 0 || number > table->room ||
        table->by_number[number - 1] == NULL)
        return CK_INVALID_HANDLE;
    return table->by_number[number - 1]->vendor;
}

static struct holding *
session_entry(CK_SESSION_HANDLE session)
{
    return table_find(&sessions, 0, vendor_of(&sessions, session));
}

void
handles_set_mode(enum handle_mode new_mode)
{
    pthread_mutex_lock(&lock);
    table_clear(&sessions);
    table_clear(&objects);
    mode = new_mode;
    pthread_mutex_unlock(&lock);
}

bool
handles_are_plain(void)
{
    bool plain;

    pthread_mutex_lock(&lock);
    plain = mode == HANDLES_PLAIN;
    pthread_mutex_unlock(&lock);
    return plain;
}

void
handles_clear(void)
{
    pthread_mutex_lock(&lock);
    table_clear(&sessions);
    table_clear(&objects);
    pthread_mutex_unlock(&lock);
}

CK_SESSION_HANDLE
session_add(CK_SLOT_ID slot, CK_SESSION_HANDLE vendor)
{
    struct holding *entry;
    CK_SESSION_HANDLE number;

    pthread_mutex_lock(&lock);
    entry = table_add(&sessions, 0, vendor);
    entry->slot = slot;
    number = entry->number;
    pthread_mutex_unlock(&lock);
    return number;
}

CK_SESSION_HANDLE
session_vendor(CK_SESSION_HANDLE session)
{
    CK_SESSION_HANDLE vendor;

    pthread_mutex_lock(&lock);
    vendor = vendor_of(&sessions, session);
    pthread_mutex_unlock(&lock);
    return vendor;
}

bool
session_slot(CK_SESSION_HANDLE session, CK_SLOT_ID *out)
{
    const struct holding *entry;

    pthread_mutex_lock(&lock);
    entry = session_entry(session);
    if (entry != NULL)
        *out = entry->slot;
    pthread_mutex_unlock(&lock);
    return entry != NULL;
}

/* A session's objects go with it. */
static void
session_remove_locked(struct holding *session)
{
    struct holding *object, *next;

    if (session->n_owned > 0)
        for (object = LIST_FIRST(&objects.all); object != NULL; object = next) {
            next = LIST_NEXT(object, link);
            if (object->owner == session->number)
                table_remove(&objects, object);
        }
    table_remove(&sessions, session);
}

void
session_remove(CK_SESSION_HANDLE session)
{
    struct holding *entry;

    pthread_mutex_lock(&lock);
    entry = session_entry(session);
    if (entry != NULL)
        session_remove_locked(entry);
    pthread_mutex_unlock(&lock);
}

size_t
sessions_remove(CK_SLOT_ID slot)
{
    struct holding *entry, *next;
    size_t n_removed = 0;

    pthread_mutex_lock(&lock);
    for (entry = LIST_FIRST(&sessions.all); entry != NULL; entry = next) {
        next = LIST_NEXT(entry, link);
        if (entry->slot == slot) {
            session_remove_locked(entry);
            n_removed++;
        }
    }
    pthread_mutex_unlock(&lock);
    return n_removed;
}

unsigned
sessions_on(CK_SLOT_ID slot)
{
    const struct holding *entry;
    unsigned n = 0;

    pthread_mutex_lock(&lock);
    LIST_FOREACH(entry, &sessions.all, link)
    n += entry->slot == slot;
    pthread_mutex_unlock(&lock);
    return n;
}

CK_OBJECT_HANDLE
object_add(CK_SLOT_ID slot, CK_OBJECT_HANDLE vendor, bool made,
           CK_SESSION_HANDLE owner)
{
    struct holding *entry, *session;
    CK_OBJECT_HANDLE number;

    pthread_mutex_lock(&lock);
    entry = table_add(&objects, slot, vendor);
    if (made) {
        entry->made = true;
        entry->owner = owner;
        session = owner != 0 ? session_entry(owner) : NULL;
        if (session != NULL)
            session->n_owned++;
    }
    number = entry->number;
    pthread_mutex_unlock(&lock);
    return number;
}

CK_OBJECT_HANDLE
object_vendor(CK_OBJECT_HANDLE object)
{
    CK_OBJECT_HANDLE vendor;

    pthread_mutex_lock(&lock);
    vendor = vendor_of(&objects, object);
    pthread_mutex_unlock(&lock);
    return vendor;
}

bool
object_is_session(CK_SLOT_ID slot, CK_OBJECT_HANDLE vendor)
{
    const struct holding *entry;
    bool is;

    pthread_mutex_lock(&lock);
    entry = table_find(&objects, slot, vendor);
    is = entry != NULL && entry->owner != 0;
    pthread_mutex_unlock(&lock);
    return is;
}

void
object_remove(CK_SLOT_ID slot, CK_OBJECT_HANDLE vendor)
{
    struct holding *entry;

    pthread_mutex_lock(&lock);
    entry = table_find(&objects, slot, vendor);
    if (entry != NULL)
        table_remove(&objects, entry);
    pthread_mutex_unlock(&lock);
}

unsigned
fault_sessions(void)
{
    const struct holding *entry;
    unsigned n = 0;

    pthread_mutex_lock(&lock);
    LIST_FOREACH(entry, &sessions.all, link)
    n++;
    pthread_mutex_unlock(&lock);
    return n;
}

unsigned
fault_objects(void)
{
    const struct holding *entry;
    unsigned n = 0;

    pthread_mutex_lock(&lock);
    LIST_FOREACH(entry, &objects.all, link)
    n += entry->made;
    pthread_mutex_unlock(&lock);
    return n;
}

CK_OBJECT_HANDLE
fault_forget(CK_OBJECT_HANDLE object)
{
    CK_OBJECT_HANDLE vendor = CK_INVALID_HANDLE;

    pthread_mutex_lock(&lock);
    if (mode == HANDLES_REUSE) {
        vendor = vendor_of(&objects, object);
        if (vendor != CK_INVALID_HANDLE)
            table_remove(&objects, objects.by_number[object - 1]);
    }
    pthread_mutex_unlock(&lock);
    return vendor;
}

static void __attribute__((destructor)) tables_free(void)
{
    handles_clear();
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The names of PKCS#11 constants, looked up in one table. */
#include "common/names.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct name {
    CK_ULONG value;
    enum name_kind kind;
    const char *text;
};

static const struct name names[] = {
#define NAME(kind, constant) { constant, NAME_##kind, #constant },
#include "common/names.def"
#undef NAME
};

static const size_t n_names = sizeof(names) / sizeof(names[0]);

_Static_assert(sizeof(names) / sizeof(names[0]) <= UINT16_MAX,
               "a row's number fits into a hint");

/* Every kind that vendors may add to begins their values here. */
static const CK_ULONG first_vendor_value = 0x80000000UL;
static const CK_ULONG last_vendor_value = 0xffffffffUL;

static bool
name_is_before(const struct name *name, enum name_kind kind, CK_ULONG value)
{
    return name->kind < kind || (name->kind == kind && name->value < value);
}

/* The first row that has this value, which is its current name, or NULL. */
static const struct name *
name_row(enum name_kind kind, CK_ULONG value)
{
    size_t low = 0;
    size_t high = n_names;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (name_is_before(&names[middle], kind, value))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == n_names || names[low].kind != kind || names[low].value != value)
        return NULL;
    return &names[low];
}

/* Which rows were found last: a process uses few constants. */
enum { HINTS = 16 };

static _Atomic(uint16_t) hints[NAME_KINDS][HINTS];

const char *
name_text(enum name_kind kind, CK_ULONG value)
{
    _Atomic(uint16_t) *hint = &hints[kind][value % HINTS];
    const struct name *name =
        &names[atomic_load_explicit(hint, memory_order_relaxed)];

    if (name->kind == kind && name->value == value)
        return name->text;
    name = name_row(kind, value);
    if (name == NULL)
        return NULL;
    atomic_store_explicit(hint, (uint16_t)(name - names), memory_order_relaxed);
    return name->text;
}

const char *
name_of(enum name_kind kind, CK_ULONG value, char out[NAME_LENGTH])
{
    const char *text = name_text(kind, value);
    const struct name *vendor =
        text != NULL ? NULL : name_row(kind, first_vendor_value);

    if (text != NULL)
        snprintf(out, NAME_LENGTH, "%s", text);
    else if (vendor != NULL && value > first_vendor_value &&
             value <= last_vendor_value)
        snprintf(out, NAME_LENGTH, "%s+0x%lx", vendor->text,
                 value - first_vendor_value);
    else
        snprintf(out, NAME_LENGTH, "0x%lx", value);
    return out;
}

bool
name_find(enum name_kind kind, const char *name, CK_ULONG *out)
{
    for (size_t i = 0; i < n_names; i++) {
        if (names[i].kind != kind || strcmp(names[i].text, name) != 0)
            continue;
        *out = names[i].value;
        return true;
    }
    return false;
}

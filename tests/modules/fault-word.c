/* SPDX-License-Identifier: BSD-3-Clause */
/* What single words of the fault module's script mean. */
#include "tests/modules/fault-call.h"

#include "common/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool
number_read(const char *text, unsigned long *out)
{
    char *end;

    errno = 0;
    *out = strtoul(text, &end, 0);
    return errno == 0 && end != text && *end == '\0' && *text != '-';
}

bool
rv_read(const char *text, CK_RV *out)
{
    return name_find(NAME_CKR, text, out) || number_read(text, out);
}

bool
time_read(const char *text, uint64_t *out)
{
    static const struct {
        const char *unit;
        uint64_t nanoseconds;
    } units[] = { { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    size_t i;

    for (i = 0; i < 3; i++)
        if (end != text && strcmp(end, units[i].unit) == 0) {
            *out = number * units[i].nanoseconds;
            return true;
        }
    return false;
}

bool
when_read(const char *text, struct rule *rule)
{
    char *end;

    rule->first = 1;
    rule->last = ~0UL;
    if (strcmp(text, "*") == 0)
        return true;
    rule->first = strtoul(text, &end, 10);
    if (end == text || rule->first == 0)
        return false;
    if (*end == '\0')
        rule->last = rule->first;
    if (*end == '\0' || strcmp(end, "-") == 0)
        return true;
    return *end == '-' && number_read(end + 1, &rule->last) &&
           rule->last >= rule->first;
}

long
limit_read(const char *text)
{
    unsigned long number;

    if (strcmp(text, "off") == 0)
        return -1;
    return number_read(text, &number) ? (long)number : -2;
}

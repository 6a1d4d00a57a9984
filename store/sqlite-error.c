/* SPDX-License-Identifier: BSD-3-Clause */
/* What SQLite's results are to the store, and what to do about them. */
#include "store/sqlite-private.h"

#include <errno.h>

struct reason {
    int code;
    enum store_result result;
    const char *what; /* NULL: SQLite's own words */
    const char *advice;
};

/* The first one with the extended code, else with the primary one. */
static const struct reason reasons[] = {
    { SQLITE_FULL, STORE_FULL, "there is no room", "make room on its disk" },
    { SQLITE_IOERR_NOMEM, STORE_NO_MEMORY, "out of memory", "free some" },
    { SQLITE_NOMEM, STORE_NO_MEMORY, "out of memory", "free some" },
    { SQLITE_BUSY, STORE_LOCKED, "others kept it locked for too long",
      "look for a process that hangs (fuser FILE)" },
    { SQLITE_LOCKED, STORE_LOCKED, NULL, "try again" },
    { SQLITE_PROTOCOL, STORE_LOCKED, NULL, "try again" },
    { SQLITE_READONLY_DBMOVED, STORE_UNREACHABLE, "it was moved away",
      "bring it back, or try again to begin a new one" },
    { SQLITE_READONLY, STORE_READ_ONLY, "this user may not write it",
      "see to it that he belongs to its group, and that its disk is mounted to "
      "be written" },
    { SQLITE_PERM, STORE_READ_ONLY, NULL, "check who may write it" },
    { SQLITE_IOERR_SHORT_READ, STORE_BROKEN, "it is cut off",
      "bring it back from a backup" },
    { SQLITE_IOERR_CORRUPTFS, STORE_BROKEN, NULL,
      "check its disk, and bring it back from a backup" },
    { SQLITE_CORRUPT, STORE_BROKEN, NULL,
      "bring it back from a backup, or try sqlite3 FILE .recover" },
    { SQLITE_NOTADB, STORE_BROKEN, "it is no database",
      "name another file, or bring it back from a backup" },
    { SQLITE_FORMAT, STORE_BROKEN, NULL, "bring it back from a backup" },
    { SQLITE_CANTOPEN, STORE_UNREACHABLE, NULL,
      "check that its folder is there and that this user may read and write "
      "in it" },
    { SQLITE_IOERR, STORE_UNREACHABLE, NULL, "check its disk" },
    { SQLITE_ERROR, STORE_BROKEN, NULL,
      "it is not as p11mux made it: bring it back from a backup" },
};

static const struct reason other = { .result = STORE_UNREACHABLE,
                                     .advice =
                                         "see whether a later SQLite helps" };

static const struct reason *
find(int code)
{
    size_t n = sizeof(reasons) / sizeof(reasons[0]);

    for (size_t i = 0; i < n; i++)
        if (reasons[i].code == code)
            return &reasons[i];
    return code == (code & 0xff) ? &other : find(code & 0xff);
}

static bool
is_no_room(int code, int reason)
{
    return (code & 0xff) == SQLITE_IOERR &&
           (reason == ENOSPC || reason == EDQUOT || reason == EFBIG);
}

enum store_result
sqlite_fail(struct sqlite_link *link)
{
    const struct sqlite_library *library = link->library;
    /* SQLite's own memory of it is of opening alone. */
    int number = errno;
    int code = library->extended_errcode(link->database);
    const struct reason *reason =
        find(is_no_room(code, number) ? SQLITE_FULL : code);
    const char *what = reason->what;
    bool has_number = what == NULL && number != 0;

    if (what == NULL)
        what = library->errmsg(link->database);
    /* What it was while it was opened anew may be mended by doing so. */
    link->base.is_broken |=
        reason->result != STORE_FULL && reason->result != STORE_LOCKED;
    return store_fail(link->base.store, link->base.writes, reason->result,
                      "%s%s%s; %s", what, has_number ? ": " : "",
                      has_number ? error_reason(number) : "", reason->advice);
}

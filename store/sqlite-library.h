/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SQLite as a table of functions. A process begins with the library that it
 * is linked with. In a forked child that one is of no use any more: it counts
 * its parent's locks as its own, takes none, and others then remove the log of
 * transactions from under it. Such a child has a copy of the library.
 */
#ifndef STORE_SQLITE_LIBRARY_H
#define STORE_SQLITE_LIBRARY_H

#include "common/error.h"

#include <sqlite3.h>
#include <sys/types.h>

#define SQLITE_FUNCTIONS(FUNCTION)                                             \
    FUNCTION(bind_blob)                                                        \
    FUNCTION(bind_int64)                                                       \
    FUNCTION(bind_text)                                                        \
    FUNCTION(busy_handler)                                                     \
    FUNCTION(clear_bindings)                                                   \
    FUNCTION(close)                                                            \
    FUNCTION(column_blob)                                                      \
    FUNCTION(column_bytes)                                                     \
    FUNCTION(column_int64)                                                     \
    FUNCTION(column_type)                                                      \
    FUNCTION(db_config)                                                        \
    FUNCTION(db_readonly)                                                      \
    FUNCTION(errmsg)                                                           \
    FUNCTION(exec)                                                             \
    FUNCTION(extended_errcode)                                                 \
    FUNCTION(extended_result_codes)                                            \
    FUNCTION(finalize)                                                         \
    FUNCTION(get_autocommit)                                                   \
    FUNCTION(open_v2)                                                          \
    FUNCTION(prepare_v3)                                                       \
    FUNCTION(reset)                                                            \
    FUNCTION(step)

#define SQLITE_MEMBER(name) __typeof__(&sqlite3_##name) name;
struct sqlite_library {
    SQLITE_FUNCTIONS(SQLITE_MEMBER)
    pid_t pid; /* whose it is */
};
#undef SQLITE_MEMBER

/* The one of this process, the same for all its threads; it stays for the
 * life of the process. NULL: there is none. */
const struct sqlite_library *sqlite_library_get(struct error *error);

#endif

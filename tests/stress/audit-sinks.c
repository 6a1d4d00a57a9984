/* SPDX-License-Identifier: BSD-3-Clause */
/* Many threads record while both sinks read, and while nobody reads: what the
 * sinks get is what the file has, in its order. */
#include "audit/log.h"
#include "common/crypto.h"
#include "common/daemon.h"
#include "tests/audit-reader.h"
#include "tests/daemons.h"
#include "tests/fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4, RECORDS = 3000 };

static struct audit_log *audit_log;

static void *
record(void *argument)
{
    struct audit_event event = { .kind = AUDIT_SIGN,
                                 .function = "C_Sign",
                                 .token = "ca" };

    (void)argument;
    for (unsigned i = 0; i < RECORDS; i++)
        if (!audit_log_write_always(audit_log, &event))
            fixture_fail("a record is not kept");
    return NULL;
}

static void
record_all(struct config_audit *settings)
{
    struct error error = { 0 };
    pthread_t threads[THREADS];

    if (!audit_log_new(settings, (gid_t)-1, false, true, &audit_log, &error))
        fixture_fail("%s", error.text);
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, record, NULL) != 0)
            fixture_fail("no thread");
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    if (!audit_log_rest(audit_log, 10000))
        fixture_fail("the log hangs");
    audit_log_free(audit_log);
}

/* How many of the file's lines a daemon has; it has no others. */
static size_t
count_in_order(const struct audit_lines *lines, const char *path)
{
    struct audit_lines got;
    size_t at = 0, n_found = 0;

    audit_read(path, &got);
    for (size_t i = 0; i < got.n; i++) {
        const char *line = strchr(got.lines[i], '{');

        if (line == NULL)
            continue;
        while (at < lines->n && strcmp(lines->lines[at], line) != 0)
            at++;
        if (at == lines->n)
            fixture_fail("%s: line %zu is not in the file, or moved", path, i);
        n_found++;
    }
    audit_lines_free(&got);
    return n_found;
}

int
main(void)
{
    struct config_audit settings = { .level = AUDIT_LEVEL_OPERATIONS,
                                     .durability = AUDIT_DURABILITY_WRITE,
                                     .sinks = 1 << DAEMON_SYSLOG |
                                              1 << DAEMON_JOURNAL };
    const char *syslog_path = fixture_path("syslog");
    const char *journal_path = fixture_path("journal");
    struct audit_lines lines;
    struct error error = { 0 };
    size_t n_syslog, n_journal;

    if (!crypto_open(&error))
        fixture_fail("%s", error.text);
    settings.file = strdup(fixture_path("audit.jsonl"));
    daemon_set_paths(syslog_path, journal_path);
    daemons_record(syslog_path, fixture_path("syslog.log"));
    daemons_record(journal_path, fixture_path("journal.log"));
    record_all(&settings);
    settings.durability = AUDIT_DURABILITY_BUFFER;
    record_all(&settings);
    daemons_settle(syslog_path);
    daemons_settle(journal_path);
    audit_read(settings.file, &lines);
    n_syslog = count_in_order(&lines, fixture_path("syslog.log"));
    n_journal = count_in_order(&lines, fixture_path("journal.log"));
    if (lines.n != 2 * THREADS * RECORDS || n_syslog == 0 || n_journal == 0)
        fixture_fail("%zu records, %zu in syslog, %zu in the journal", lines.n,
                     n_syslog, n_journal);
    audit_lines_free(&lines);
    /* Nobody reads. */
    (void)daemons_listen(syslog_path);
    (void)daemons_listen(journal_path);
    record_all(&settings);
    printf("%zu and %zu of %u records reached the sinks\n", n_syslog, n_journal,
           2 * THREADS * RECORDS);
    free(settings.file);
    crypto_close();
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes audit logs for tests. */
#include "tests/proof-fixture.h"

#include "audit/signer.h"
#include "common/cleanup.h"
#include "common/daemon.h"
#include "tests/fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ACTIVE = 64, RUN_LENGTH = 33, ENDS_ONE_IN = 100 };

/* splitmix64: the constants are the generator's own. */
uint64_t
chance_next(struct chance *chance)
{
    uint64_t word = chance->state += 0x9e3779b97f4a7c15;

    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

size_t
chance_below(struct chance *chance, size_t limit)
{
    return (size_t)(chance_next(chance) % limit);
}

static void *
allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        fixture_fail("no memory");
    return memory;
}

char *
audit_record(const char run[RUN_LENGTH], uint64_t n,
             const struct tree_hash *before, const char *event,
             struct chance *chance)
{
    char prev[RUN_LENGTH];
    uint64_t word = chance_next(chance);
    char *line;

    for (size_t i = 0; i < 16; i++)
        (void)snprintf(prev + 2 * i, 3, "%02x", before->bytes[i]);
    if (asprintf(
            &line,
            "{\"v\":1,\"run\":\"%s\",\"n\":%" PRIu64
            ",\"prev\":\"%s\",\"time\":\"2026-11-25T12:%02u:%02u.%06uZ\","
            "\"event\":\"%s\",\"function\":\"C_Sign\",\"outcome\":\"success\","
            "\"rv\":\"CKR_OK\",\"token\":\"web\",\"slot\":1,\"member\":0,"
            "\"key\":{\"class\":\"private key\",\"type\":\"EC\","
            "\"label\":\"{%u}\",\"id\":\"%02x\",\"fingerprint\":null},"
            "\"mechanism\":\"CKM_ECDSA\",\"in\":%u,\"out\":64,\"us\":%u,"
            "\"session\":%u,\"pid\":%u,\"tid\":%u,\"uid\":0,\"user\":\"root\","
            "\"exe\":\"/usr/bin/true\",\"unit\":null,\"host\":\"a\","
            "\"detail\":null}",
            run, n, prev, (unsigned)(word % 60), (unsigned)(word >> 8) % 60,
            (unsigned)(word >> 16) % 1000000, event, (unsigned)(word >> 20) % 9,
            (unsigned)(word >> 24) % 256, (unsigned)(word >> 32) % 4096,
            (unsigned)(word >> 40) % 1000, (unsigned)(word >> 44) % 100,
            (unsigned)(word >> 48) % 9999, (unsigned)(word >> 50) % 9999) < 0)
        fixture_fail("no memory");
    return line;
}

/* A run while its records are made. */
struct active {
    char run[RUN_LENGTH];
    unsigned number;
    uint64_t n;
    struct tree_hash last;
};

static void
begin(struct active *active, unsigned number, struct chance *chance)
{
    *active = (struct active){ .number = number };
    (void)snprintf(active->run, sizeof(active->run),
                   "%016" PRIx64 "%016" PRIx64, chance_next(chance),
                   chance_next(chance));
}

struct audit_log
audit_log_make(size_t n_lines, unsigned n_active, uint64_t seed)
{
    struct audit_log log = { allocate(n_lines + 1, sizeof(char *)),
                             allocate(n_lines + 1, sizeof(unsigned)), n_lines };
    struct active active[MOST_ACTIVE];
    struct chance chance = { seed };
    unsigned n_runs = 0;

    daemon_set_paths(fixture_path("syslog"), fixture_path("journal"));
    for (unsigned i = 0; i < n_active; i++)
        begin(&active[i], n_runs++, &chance);
    for (size_t i = 0; i < n_lines; i++) {
        struct active *one = &active[chance_below(&chance, n_active)];
        bool ends = one->n > 0 && chance_below(&chance, ENDS_ONE_IN) == 0;
        const char *event = one->n == 0 ? "start" : ends ? "stop" : "sign";

        log.lines[i] =
            audit_record(one->run, one->n++, &one->last, event, &chance);
        log.runs[i] = one->number;
        if (!tree_hash_leaf(log.lines[i], strlen(log.lines[i]), &one->last))
            fixture_fail("no SHA-256");
        if (ends)
            begin(one, n_runs++, &chance);
    }
    return log;
}

void
audit_log_free(struct audit_log *log)
{
    for (size_t i = 0; i < log->n_lines; i++)
        free(log->lines[i]);
    free(log->lines);
    free(log->runs);
}

struct audit_log
audit_log_share(const struct audit_log *log)
{
    struct audit_log shared = { allocate(log->n_lines + 1, sizeof(char *)),
                                allocate(log->n_lines + 1, sizeof(unsigned)),
                                log->n_lines };

    memcpy(shared.lines, log->lines, log->n_lines * sizeof(char *));
    memcpy(shared.runs, log->runs, log->n_lines * sizeof(unsigned));
    return shared;
}

/* There is room for one more line. */
void
audit_log_insert(struct audit_log *shared, size_t at, char *line)
{
    memmove(shared->lines + at + 1, shared->lines + at,
            (shared->n_lines++ - at) * sizeof(char *));
    shared->lines[at] = line;
}

void
audit_log_remove(struct audit_log *shared, size_t at)
{
    memmove(shared->lines + at, shared->lines + at + 1,
            (--shared->n_lines - at) * sizeof(char *));
}

static void
write_lines(const struct audit_log *log, size_t from, size_t to,
            const char *path, const char *mode)
{
    FILE *stream = fopen(path, mode);

    if (stream == NULL)
        fixture_fail("%s cannot be written", path);
    for (size_t i = from; i < to; i++) {
        (void)fputs(log->lines[i], stream);
        (void)fputc('\n', stream);
    }
    if (fclose(stream) != 0)
        fixture_fail("%s cannot be written", path);
}

void
audit_log_append(const struct audit_log *log, size_t from, size_t to,
                 const char *path)
{
    write_lines(log, from, to, path, "a");
}

const char *
audit_log_write(const struct audit_log *log, size_t n_lines, const char *name)
{
    const char *path = fixture_path("%s", name);

    write_lines(log, 0, n_lines, path, "w");
    return path;
}

void
audit_log_continue(const char *path, const struct note_key *key)
{
    struct signer_request request = { .path = path,
                                      .key = key,
                                      .origin = "host/unsigned" };
    struct signer_result result;
    struct error error = { 0 };

    if (!signer_run(&request, &result, &error))
        fixture_fail("%s", error.text);
}

const char *
audit_log_sign(const struct audit_log *log, const char *name, size_t step,
               const struct note_key *key)
{
    const char *path = audit_log_write(log, 0, name);

    for (size_t done = 0; done < log->n_lines; done += step) {
        size_t to = done + step < log->n_lines ? done + step : log->n_lines;

        audit_log_append(log, done, to, path);
        audit_log_continue(path, key);
    }
    return path;
}

struct verify_result
audit_log_verify(const char *const *paths, size_t n_paths)
{
    struct verify_request request = { .paths = paths, .n_paths = n_paths };
    struct verify_result result;
    struct error error = { 0 };

    if (!verify_run(&request, &result, &error))
        fixture_fail("%s", error.text);
    return result;
}

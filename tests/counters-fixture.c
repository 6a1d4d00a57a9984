/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what processes of a test show of themselves. */
#include "tests/counters-fixture.h"

#include "common/birth.h"
#include "router/counters.h"
#include "router/runtime-folder.h"

#include <dirent.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct total total;

static const char *
runtime_dir(void)
{
    return instance_get()->config->runtime_dir;
}

static void
gather(struct gathering *out)
{
    gathering_read(instance_get()->config, out);
    if (out->n_troubles > 0)
        fixture_fail("%s", out->troubles[0]);
}

static uint64_t
real_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Another thread may just be about it, and has looked before. */
static const struct shown *
show(struct gathering *gathering, uint64_t since)
{
    for (;;) {
        (void)counters_tend(instance_get()->counters, true);
        gather(gathering);
        for (size_t i = 0; i < gathering->n_processes; i++)
            if (gathering->processes[i].pid == (uint64_t)getpid() &&
                gathering->processes[i].picture->drawn_us >= since)
                return &gathering->processes[i];
        gathering_clear(gathering);
        (void)sched_yield();
    }
}

const struct total *
counters_look(void)
{
    struct gathering gathering;

    total_clear(&total);
    total_add(&total, show(&gathering, real_us()), 1, NULL);
    gathering_clear(&gathering);
    return &total;
}

const struct total *
counters_look_at_all(void)
{
    struct gathering gathering;

    (void)show(&gathering, real_us());
    total_clear(&total);
    total_add(&total, gathering.processes, gathering.n_processes, NULL);
    gathering_clear(&gathering);
    return &total;
}

const struct total_token *
counters_look_at_token(void)
{
    if (counters_look()->n_tokens == 0 || total.tokens[0].n_members == 0)
        fixture_fail("no token is shown");
    return &total.tokens[0];
}

const struct counters_member *
counters_look_at_member(void)
{
    return &counters_look_at_token()->members[0].sums;
}

size_t
counters_count_files(void)
{
    DIR *entries = opendir(fixture_path("%lu", (unsigned long)geteuid()));
    const struct dirent *entry;
    struct birth birth;
    size_t count = 0;

    while (entries != NULL && (entry = readdir(entries)) != NULL)
        count += runtime_read_name(entry->d_name, &birth) ? 1 : 0;
    if (entries != NULL)
        (void)closedir(entries);
    return count;
}

const char *
counters_own_path(void)
{
    char name[RUNTIME_FILE_NAME];
    struct birth self;

    if (!birth_of_self(&self))
        fixture_fail("/proc does not say when this process was started");
    runtime_name(&self, name);
    return fixture_text("%s/%lu/%s", runtime_dir(), (unsigned long)geteuid(),
                        name);
}

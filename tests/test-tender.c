/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread that looks after the pools, and its end. */
#include "tests/router-fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static CK_SESSION_HANDLE session;

static void
setup(void)
{
    struct config *config = router_config();

    config->finalize_wait_ms = 50;
    router_config_token(config, "one", "A", NULL);
    config->tokens[0].pool = config_pool_default;
    router_start(config);
    session = router_session(1);
}

TestSuite(tender, .init = setup, .timeout = 60);

/* Threads of this process with its name. */
static size_t
count_threads(void)
{
    DIR *folder = opendir("/proc/self/task");
    const struct dirent *entry;
    size_t count = 0;

    cr_assert_not_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char path[300], name[32] = "";
        FILE *file;

        (void)snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
                       entry->d_name);
        file = fopen(path, "r");
        if (file == NULL)
            continue;
        if (fgets(name, sizeof(name), file) != NULL &&
            strcmp(name, "p11mux-pools\n") == 0)
            count++;
        (void)fclose(file);
    }
    (void)closedir(folder);
    return count;
}

Test(tender, is_gone_with_the_end)
{
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(count_threads(), 0);
}

static void *
get_random_there(void *unused)
{
    CK_BYTE byte;

    (void)C_GenerateRandom(session, &byte, 1);
    return unused;
}

/* DESIGN 4: whatever is left then, no thread is. */
Test(tender, is_gone_also_where_a_call_hangs)
{
    pthread_t thread;

    toy_hold(TOY_ANY, FUNCTION_C_GenerateRandom);
    cr_assert_eq(pthread_create(&thread, NULL, get_random_there, NULL), 0);
    toy_wait_for_held();
    cr_assert_eq(C_Finalize(NULL), CKR_OK);
    cr_assert_eq(count_threads(), 0);
    toy_release();
    pthread_join(thread, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts p11mux with an audit log over a toy token. */
#include "tests/audited.h"

#include "tests/audit-reader.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

const char *audited_path;
CK_SESSION_HANDLE audited_session;
CK_OBJECT_HANDLE audited_key;

struct config *
audited_configure(void)
{
    struct config *config = router_config();

    audited_path = fixture_path("audit.jsonl");
    config->audit.file = strdup(audited_path);
    config->audit.level = AUDIT_LEVEL_OPERATIONS;
    config->audit.denies = true;
    router_config_token(config, "one", "A", NULL);
    return config;
}

void
audited_start(struct config *config)
{
    toy_add_key(0, CKO_PRIVATE_KEY, 7);
    router_start(config);
    audited_session = router_session(1);
    audited_key = router_find_key(audited_session, CKO_PRIVATE_KEY, 7);
}

void
audited_setup(void)
{
    audited_start(audited_configure());
}

void
audited_finish(void)
{
    C_Finalize(NULL);
}

CK_RV
audited_sign(void)
{
    struct toy_result result;
    CK_RV rv = router_sign_init(audited_session, audited_key);

    return rv == CKR_OK ? router_sign(audited_session, "data", &result) : rv;
}

void
audited_check(size_t n_runs, const char *text, size_t n_lines)
{
    size_t n;
    const char *trouble = audit_check(audited_path, &n, NULL);

    cr_assert_null(trouble, "%s", trouble);
    cr_assert_eq(n, n_runs, "%zu runs", n);
    cr_assert_eq(audit_count(audited_path, text), n_lines, "%s: %zu lines",
                 text, audit_count(audited_path, text));
}

static void
set_limit(rlim_t limit)
{
    struct rlimit both;

    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &both), 0);
    both.rlim_cur = limit;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &both), 0);
}

void
audited_limit(off_t more)
{
    struct stat entry;

    cr_assert_eq(stat(audited_path, &entry), 0);
    set_limit((rlim_t)(entry.st_size + more));
}

void
audited_unlimit(void)
{
    struct rlimit both;

    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &both), 0);
    set_limit(both.rlim_max);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Records that are in memory when their calls return, and written behind. */
#include "audit/run-private.h"

bool
run_put(struct run *run, const struct audit_user *user, const char *body,
        size_t length, enum batch_fill *out)
{
    struct run_addition addition = { RUN_LOSES, NULL, body, length };
    bool is_added;

    mutex_lock(&run->lock);
    is_added = run_add_locked(run, user, &addition);
    *out = is_added ? batch_news(run->filling) : BATCH_AS_BEFORE;
    mutex_unlock(&run->lock);
    if (!is_added)
        run_say_late(run);
    return is_added;
}

void
run_flush(struct run *run)
{
    struct deadline until = deadline_in(RUN_PATIENCE_MS);
    bool leads;

    mutex_lock(&run->lock);
    while (run->is_led && condition_wait(&run->room, &run->lock, until))
        continue;
    leads = !run->is_led && run->filling->n_records > 0;
    run->is_led = run->is_led || leads;
    mutex_unlock(&run->lock);
    if (leads)
        run_lead(run);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes on the control page that objects were moved. */
#include "cli/notice.h"

#include "cli/control-order.h"
#include "cli/memory.h"
#include "common/clock.h"
#include "router/instance.h"

#include <stdlib.h>

/* Five a second, and no waiting for another command that writes. */
static const uint64_t pause_ns = UINT64_C(200) * 1000 * 1000;
enum { PATIENCE_MS = 100 };

static bool
give(const struct notice *notice, struct error *error)
{
    struct order order = {
        .verb = CONTROL_MOVED,
        .config = (struct config *)(uintptr_t)instance_get()->config,
        .token.name = (char *)(uintptr_t)notice->token->label,
        .wait_ms = PATIENCE_MS
    };
    uint64_t number;
    bool is_given;

    memory_need(control_page_path(order.config->runtime_dir, &order.path)
                    ? order.path
                    : NULL);
    is_given = order_write(&order, &number, error);
    free(order.path);
    return is_given;
}

void
notice_ask(struct notice *notice)
{
    uint64_t asked = atomic_fetch_add(&notice->n_asked, 1) + 1;
    uint64_t before = atomic_load(&notice->given_ns);
    uint64_t now = clock_now();
    struct error ignored = { .rv = CKR_OK };

    if (now - before < pause_ns ||
        !atomic_compare_exchange_strong(&notice->given_ns, &before, now))
        return;
    if (give(notice, &ignored))
        atomic_store(&notice->n_given, asked);
}

bool
notice_end(struct notice *notice, struct error *error)
{
    return atomic_load(&notice->n_given) == atomic_load(&notice->n_asked) ||
           give(notice, error);
}

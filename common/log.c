/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages on their way to the one target that the process has. */
#include "common/log.h"

#include "common/daemon.h"
#include "common/log-target.h"
#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/*
 * A target is never changed, only replaced. The replaced one waits in
 * `retired` until a moment is seen in which nobody writes: whoever begins to
 * write after that finds its successor. In a forked child `n_writers` may
 * count threads that are no more; there what is retired stays.
 */
static _Atomic(struct log_target *) current; /* NULL: stderr */
static _Atomic(struct log_target *) retired;
static _Atomic(unsigned) n_writers;
static _Atomic(int) level_limit = LOG_LEVEL_WARNING;

static _Atomic(unsigned) n_lost;
static _Atomic(int) lost_reason; /* an errno */

static void
retire(struct log_target *target)
{
    struct log_target *head = atomic_load(&retired);

    if (target == NULL)
        return;
    do {
        log_target_set_next(target, head);
    } while (!atomic_compare_exchange_weak(&retired, &head, target));
}

static void
free_retired(void)
{
    struct log_target *list = atomic_exchange(&retired, NULL);
    bool is_quiet = atomic_load(&n_writers) == 0;

    while (list != NULL) {
        struct log_target *next = log_target_next(list);

        if (is_quiet)
            log_target_free(list);
        else
            retire(list);
        list = next;
    }
}

bool
log_open(enum log_level level, const char *target, struct error *error)
{
    struct log_target *fresh;

    if (!log_target_open(target, &fresh, error))
        return false;
    atomic_store(&level_limit, (int)level);
    retire(atomic_exchange(&current, fresh));
    free_retired();
    return true;
}

void
log_close(void)
{
    atomic_store(&level_limit, LOG_LEVEL_WARNING);
    retire(atomic_exchange(&current, NULL));
    free_retired();
}

static const struct log_target *
current_target(void)
{
    const struct log_target *target = atomic_load(&current);

    return target != NULL ? target : log_target_stderr();
}

/* Puts a freshly opened one in the place of `old`, which is retired then;
 * NULL if that fails. */
static const struct log_target *
renew(const struct log_target *old, bool *out_retired)
{
    struct log_target *expected = atomic_load(&current);
    struct log_target *fresh;

    /* Somebody else was faster. */
    if (expected != old)
        return current_target();
    if (!log_target_reopen(old, &fresh, NULL))
        return NULL;
    if (atomic_compare_exchange_strong(&current, &expected, fresh)) {
        retire(expected);
        *out_retired = true;
        return fresh;
    }
    log_target_free(fresh);
    return current_target();
}

/* The target, if its descriptor is ours to write to; else NULL. */
static const struct log_target *
usable_target(bool *out_retired)
{
    const struct log_target *target = current_target();
    enum log_target_state state = log_target_state(target);
    const struct log_target *fresh;

    if (state == LOG_TARGET_READY)
        return target;
    fresh = renew(target, out_retired);
    if (fresh != NULL)
        return log_target_state(fresh) == LOG_TARGET_GONE ? NULL : fresh;
    return state == LOG_TARGET_MOVED ? target : NULL;
}

/* 0 or an errno. */
static int
send_message(struct guard *guard, const struct log_message *message,
             bool *out_retired)
{
    const struct log_target *target = usable_target(out_retired);
    int reason;

    if (target == NULL)
        return EBADF;
    reason = log_target_send(target, guard, message);
    if (!daemon_is_gone(reason))
        return reason;
    target = renew(target, out_retired);
    return target == NULL ? reason : log_target_send(target, guard, message);
}

/* Says how many messages were lost, if any; 0 or an errno. */
static int
send_lost(struct guard *guard, bool *out_retired)
{
    unsigned n = atomic_load(&n_lost) == 0 ? 0 : atomic_exchange(&n_lost, 0);
    char text[128];
    struct log_message message = { .level = LOG_LEVEL_WARNING, .text = text };
    int reason;

    if (n == 0)
        return 0;
    snprintf(text, sizeof(text), "%u message%s before this one %s lost: %s", n,
             n == 1 ? "" : "s", n == 1 ? "was" : "were",
             error_reason(atomic_load(&lost_reason)));
    reason = send_message(guard, &message, out_retired);
    if (reason != 0)
        atomic_fetch_add(&n_lost, n);
    return reason;
}

static void write_arguments(enum log_level level, const char *format,
                            va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void
write_arguments(enum log_level level, const char *format, va_list arguments)
{
    char text[LOG_TEXT_LENGTH + 1];
    struct log_message message = { .level = level, .text = text };
    struct guard guard;
    bool has_retired = false;
    int reason;

    guard_begin(&guard);
    errno = guard.saved_errno; /* for %m */
    if (vsnprintf(text, sizeof(text), format, arguments) < 0)
        text[0] = '\0';
    text[text_cut(text, LOG_TEXT_LENGTH - 1)] = '\0';
    text_clean(text);

    atomic_fetch_add(&n_writers, 1);
    reason = send_lost(&guard, &has_retired);
    if (reason == 0)
        reason = send_message(&guard, &message, &has_retired);
    if (reason != 0) {
        atomic_store(&lost_reason, reason);
        atomic_fetch_add(&n_lost, 1);
    }
    atomic_fetch_sub(&n_writers, 1);
    /* Not always: a forked child that only writes needs no memory. */
    if (has_retired)
        free_retired();
    guard_end(&guard);
}

/* Below zero is LOG_LEVEL_NONE, which nothing is written at. */
static bool
is_left_out(enum log_level level)
{
    return (int)level < 0 || (int)level > atomic_load(&level_limit);
}

void
log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;

    if (is_left_out(level))
        return;
    va_start(arguments, format);
    write_arguments(level, format, arguments);
    va_end(arguments);
}

void
log_once(_Atomic(bool) *said, enum log_level level, const char *format, ...)
{
    va_list arguments;

    if (is_left_out(level) || atomic_exchange(said, true))
        return;
    va_start(arguments, format);
    write_arguments(level, format, arguments);
    va_end(arguments);
}

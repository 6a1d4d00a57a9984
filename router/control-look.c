/* SPDX-License-Identifier: BSD-3-Clause */
/* One look at the control page, and what this process does about it. */
#include "common/cleanup.h"
#include "common/log.h"
#include "router/control-private.h"
#include "router/mender.h"
#include "router/pause.h"
#include "router/process.h"
#include "router/reload.h"
#include "router/slot-change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long a token that was paused may take to be back. */
enum { PATIENCE_MS = 10000 };

/* -- The note ----------------------------------------------------------------
 */

/* Without a runtime directory nobody has asked for one: that is no trouble. */
void
control_find_note(struct control *control)
{
    const struct config *config = control->instance->config;
    struct error error = { .rv = CKR_OK };

    if (control->note != NULL)
        return;
    control->note =
        control_note_new(config->runtime_dir, &control->note_path, &error);
    if (control->note == NULL && !control->is_note_missed && errno != ENOENT) {
        control->is_note_missed = true;
        log_write(LOG_LEVEL_INFO,
                  "%s; the tool does not know of this process, which obeys "
                  "all the same",
                  error.text);
    }
    if (control->note != NULL)
        atomic_store(&control->note->watch, atomic_load(&control->watch));
}

void
control_note_running(struct control_doing *doing, uint64_t number,
                     size_t running, size_t waiting)
{
    struct control_note_pause *pauses = doing->pauses;
    size_t i = 0;

    /* The last place is for all that find no other one. */
    while (i + 1 < CONTROL_NOTE_PAUSES && pauses[i].number != 0 &&
           pauses[i].number != number)
        i++;
    pauses[i].number = number;
    pauses[i].running += (uint32_t)running;
    pauses[i].waiting += (uint32_t)waiting;
}

static void
publish(struct control *control, const struct control_doing *doing)
{
    const struct control_note_pause *pauses = doing->pauses;
    struct control_note *note = control->note;

    if (note == NULL)
        return;
    for (size_t i = 0; i < CONTROL_NOTE_PAUSES; i++) {
        atomic_store(&note->pauses[i].running, pauses[i].running);
        atomic_store(&note->pauses[i].waiting, pauses[i].waiting);
        atomic_store(&note->pauses[i].number, pauses[i].number);
    }
    if (!doing->is_waiting)
        atomic_store(&note->seen, control->page.number);
}

/* -- Doing what it says ------------------------------------------------------
 */

/* What the page says of a token. */
struct wish {
    const struct control_line *pause;     /* it is paused by this one */
    const struct control_line *reconnect; /* the last one of this process's
                                             life */
};

static struct wish
find_wish(struct control *control, const char *name)
{
    struct wish wish = { NULL, NULL };

    if (name == NULL)
        return wish;
    wish.pause = control_page_paused(&control->page, name);
    wish.reconnect = control_page_reconnected(&control->page, name);
    if (wish.reconnect != NULL && wish.reconnect->number <= control->since)
        wish.reconnect = NULL;
    return wish;
}

static void
say(const struct token *token, const char *what)
{
    log_write(LOG_LEVEL_INFO, "token \"%s\" is %s", token->label, what);
}

/* Its device may be another one by now. False while it is not back. */
static bool
resume(const struct control *control, struct token *token, bool *is_refreshed)
{
    if (!*is_refreshed)
        slot_list_look(control->instance->slots);
    *is_refreshed = true;
    if (token->is_awaited && !token_is_present(token) &&
        !deadline_has_passed(control->patience))
        return false;
    pause_end(token);
    say(token, "resumed");
    return true;
}

/* -- Other backend sessions --------------------------------------------------
 */

/* One that is down is tried at once. */
static bool
reconnect_members(struct token *token)
{
    bool is_done = true;

    for (unsigned i = 0; i < token->n_members; i++) {
        struct member *member = &token->members[i];

        member_admit(member);
        if (member_hasten(member))
            mender_wake();
        else if (!member_reconnect(member) && !member_is_stuck(member))
            is_done = false;
    }
    return is_done;
}

static bool
is_stuck(const struct token *token)
{
    for (unsigned i = 0; i < token->n_members; i++)
        if (member_is_stuck(&token->members[i]))
            return true;
    return false;
}

/* What nothing can stand in for is closed before there is another one. Nobody
 * waits for that longer than for the operations that run, and for one that
 * hangs not at all. */
static bool
rest_for_a_moment(struct token *token)
{
    if (!atomic_load(&token->is_paused)) {
        atomic_store(&process.heeds, true);
        pause_begin(token);
    }
    if (pause_rest(token) > 0 && !is_stuck(token))
        return false;
    pause_end(token);
    return true;
}

/* Of a token that is not paused by the page; false while it is at it. */
static bool
reconnect(struct token *token, const struct control_line *line)
{
    if (!token->is_renewed) {
        if (line == NULL || line->number <= token->reconnected)
            return true;
        token->reconnected = line->number;
        token->is_renewed = !reconnect_members(token);
    }
    if (token->is_renewed && !rest_for_a_moment(token))
        return false;
    token->is_renewed = false;
    say(token, "reconnected");
    return true;
}

/* -- All of it ---------------------------------------------------------------
 */

/* Without a pause. Whether it goes on as the page wants it. */
static bool
go_on(const struct control *control, struct token *token,
      const struct control_line *line, bool *is_refreshed)
{
    if (atomic_load(&token->is_paused) && !token->is_renewed &&
        !resume(control, token, is_refreshed))
        return false;
    return reconnect(token, line);
}

static void
hold(struct token *token, const struct control_line *line,
     struct control_doing *doing)
{
    size_t n_running;

    token->is_renewed = false;
    if (!atomic_load(&token->is_paused)) {
        atomic_store(&process.heeds, true);
        pause_begin(token);
        say(token, "paused");
    }
    n_running = pause_rest(token);
    doing->is_running = doing->is_running || n_running > 0;
    control_note_running(doing, line->number, n_running,
                         pause_count_waiting(token));
}

/* What the page says of one token; whether that is paused. */
static bool
apply_to(struct control *control, struct token *token,
         struct control_doing *doing, bool *is_refreshed)
{
    /* Where it says nothing nobody is looked for. */
    CLEANUP(freep)
    char *name = control->page.n_lines == 0
                     ? NULL
                     : slot_list_name(control->instance->slots, token);
    struct wish wish = find_wish(control, name);

    control_tend_members(control, token, name, doing);
    if (wish.pause != NULL)
        hold(token, wish.pause, doing);
    else if (!go_on(control, token, wish.reconnect, is_refreshed))
        doing->is_waiting = true;
    return wish.pause != NULL;
}

/* Whether something is still to come to its end. */
static bool
apply(struct control *control)
{
    struct control_doing doing = { .is_running = false };
    struct slot_list *slots = control->instance->slots;
    bool is_any_paused = false, is_refreshed = false;

    for (size_t i = 0; i < slot_list_count(slots); i++)
        if (apply_to(control, slot_list_at(slots, i), &doing, &is_refreshed))
            is_any_paused = true;
    atomic_store(&process.heeds,
                 is_any_paused || doing.is_running || doing.is_waiting ||
                     atomic_load(&control->watch) == CONTROL_WATCH_CALLS);
    publish(control, &doing);
    return doing.is_running || doing.is_waiting;
}

/* Once for each command; also of one that was given before this process came
 * up, or was forked: then there is mostly nothing to take over. */
static void
reload(struct control *control)
{
    uint64_t number = control_page_reload(&control->page);
    struct control_note_reload outcome;

    if (number <= control->reloaded)
        return;
    control->reloaded = number;
    reload_run(control->instance, &outcome);
    if (control->note == NULL)
        return;
    atomic_store(&control->note->reload.number, 0);
    control->note->reload = outcome;
    atomic_store(&control->note->reload.number, number);
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
           a->st_size == b->st_size && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec && a->st_uid == b->st_uid &&
           a->st_mode == b->st_mode;
}

/* One that is not good changes nothing, and is said once. */
static void
read_page(struct control *control)
{
    struct error error = { .rv = CKR_OK };
    struct control_page page;
    struct stat now, read;

    if (stat(control->path, &now) != 0)
        memset(&now, 0, sizeof(now));
    if (is_same_file(&now, &control->seen))
        return;
    if (control_page_read(control->path, &page, &read, &error)) {
        control_page_clear(&control->page);
        control->page = page;
        control->patience = deadline_in(PATIENCE_MS);
    } else {
        control_page_clear(&page);
        log_write(LOG_LEVEL_ERROR, "%s", error.text);
    }
    /* One that cannot be opened is said once. */
    control->seen = read.st_ino != 0 ? read : now;
    control_find_note(control);
}

bool
control_look(struct control *control)
{
    read_page(control);
    /* Backend sessions are all younger than what was asked before. */
    if (!control->has_looked)
        control->since = control->page.number;
    control->has_looked = true;
    reload(control);
    slot_change_tend(control->instance->slots);
    return apply(control);
}

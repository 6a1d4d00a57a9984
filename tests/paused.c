/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes the control page as the tool does, and reads the note. */
#include "tests/paused.h"

#include "common/cleanup.h"
#include "router/control.h"
#include "router/pause.h"

#include <sched.h>
#include <stdlib.h>

static uint64_t
write_page(enum control_verb verb, const struct control_aim *aim)
{
    CLEANUP(control_page_clear) struct control_page page = { .number = 0 };
    CLEANUP(freep) char *path = NULL;
    struct error error = { .rv = CKR_OK };

    if (!control_page_path(fixture_folder(), &path) ||
        !control_page_read(path, &page, NULL, &error) ||
        !control_page_add(&page, verb, aim, 0, &error) ||
        !control_page_write(path, &page, &error))
        fixture_fail("the control page: %s", error.text);
    return page.number;
}

uint64_t
paused_write(enum control_verb verb, const char *token)
{
    return write_page(verb, &(struct control_aim){ .token = token });
}

uint64_t
paused_write_member(enum control_verb verb, unsigned index)
{
    const struct token *token = router_token(1);
    CLEANUP(freep)
    char *member = control_member_name(token->members[index].rule);

    return write_page(verb, &(struct control_aim){ token->label, member });
}

uint64_t
paused_command_member(enum control_verb verb, unsigned index)
{
    uint64_t number = paused_write_member(verb, index);

    control_look_now();
    return number;
}

uint64_t
paused_command(enum control_verb verb, const char *token)
{
    uint64_t number = paused_write(verb, token);

    control_look_now();
    return number;
}

struct control_reading
paused_note(uint64_t number, size_t *running)
{
    CLEANUP(freep) struct control_reading *readings = NULL;
    size_t n_readings, n_hidden;

    if (!control_note_read_all(fixture_folder(), &readings, &n_readings,
                               &n_hidden) ||
        n_readings != 1)
        fixture_fail("%zu notes", n_readings);
    *running = 0;
    for (size_t i = 0; i < CONTROL_NOTE_PAUSES; i++)
        if (readings[0].pauses[i].number == number)
            *running = readings[0].pauses[i].running;
    return readings[0];
}

static void *
sign(void *argument)
{
    struct paused_call *call = argument;

    call->is_right =
        pool_signs(call->session, call->key, call->number, "text", &call->rv);
    return NULL;
}

void
paused_call_start(struct paused_call *call)
{
    if (pthread_create(&call->thread, NULL, sign, call) != 0)
        fixture_fail("no thread");
}

void
paused_call_begin(struct paused_call *call)
{
    size_t before = pause_count_waiting(router_token(1));

    paused_call_start(call);
    while (pause_count_waiting(router_token(1)) == before)
        (void)sched_yield();
}

bool
paused_call_end(struct paused_call *call)
{
    (void)pthread_join(call->thread, NULL);
    return call->is_right;
}

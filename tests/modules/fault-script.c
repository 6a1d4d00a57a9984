/* SPDX-License-Identifier: BSD-3-Clause */
/* The script of the fault module: lines to settings and rules (fault.h). */
#include "tests/modules/fault-call.h"

#include "common/cleanup.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 6 };

/* A line in words; what does not fit is one with the last. */
struct line {
    char *words[MOST_WORDS];
    size_t n_words;
};

struct command {
    const char *name;
    size_t fewest; /* words, with the name */
    size_t most;
    bool (*run)(const struct line *line);
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool was_read;

static bool
action_read(char *const *words, size_t n_words, struct rule *rule)
{
    const char *value = n_words == 2 ? words[1] : NULL;

    if (n_words == 0 || n_words > 2)
        return false;
    if (strcmp(words[0], "return") == 0) {
        rule->action = RULE_RETURN;
        rule->has_rv = true;
        return value != NULL && rv_read(value, &rule->rv);
    }
    if (strcmp(words[0], "hang") == 0) {
        rule->action = RULE_HANG;
        rule->has_rv = value != NULL;
        return value == NULL || rv_read(value, &rule->rv);
    }
    if (strcmp(words[0], "kill") == 0) {
        rule->action = RULE_KILL;
        return value == NULL;
    }
    if (strcmp(words[0], "stop") == 0) {
        rule->action = RULE_STOP;
        return value == NULL;
    }
    rule->action = RULE_DELAY;
    return strcmp(words[0], "delay") == 0 && value != NULL &&
           time_read(value, &rule->delay_ns);
}

/* FUNCTION absent, or FUNCTION WHEN [after] ACTION */
static bool
rule_run(const struct line *line)
{
    struct rule rule = { .function = N_FUNCTIONS };
    size_t at = 2;

    if (strcmp(line->words[0], "*") != 0) {
        rule.function = function_find(line->words[0]);
        if (rule.function == N_FUNCTIONS)
            return false;
    }
    if (line->n_words == 2 && strcmp(line->words[1], "absent") == 0)
        return rule.function != N_FUNCTIONS && list_set_absent(rule.function);
    if (line->n_words < 3 || !when_read(line->words[1], &rule))
        return false;
    if (strcmp(line->words[at], "after") == 0) {
        rule.after = true;
        at++;
    }
    return action_read(line->words + at, line->n_words - at, &rule) &&
           rule_add(&rule);
}

static bool
module_run(const struct line *line)
{
    vendor_set_path(line->words[1]);
    return true;
}

static bool
reserved_run(const struct line *line)
{
    vendor_set_reserved(line->words[1]);
    return true;
}

static bool
sessions_run(const struct line *line)
{
    long limit = limit_read(line->words[1]);
    bool reported = line->n_words == 2;

    if (limit == -2 || (!reported && strcmp(line->words[2], "unreported") != 0))
        return false;
    token_set_sessions(limit, reported);
    return true;
}

static bool
device_run(const struct line *line)
{
    long limit = limit_read(line->words[2]);
    bool reported = line->n_words == 3;

    if (limit < 0 || (!reported && strcmp(line->words[3], "unreported") != 0))
        return false;
    return device_set(line->words[1], (unsigned long)limit, reported);
}

static bool
objects_run(const struct line *line)
{
    long limit = limit_read(line->words[1]);

    if (limit == -2)
        return false;
    token_set_objects(limit);
    return true;
}

static bool
vanish_run(const struct line *line)
{
    CK_SLOT_ID slot = 0;

    if (line->n_words == 2 && !number_read(line->words[1], &slot))
        return false;
    token_vanish(line->n_words == 1, slot);
    return true;
}

static bool
return_run(const struct line *line)
{
    CK_SLOT_ID slot = 0;

    if (line->n_words == 2 && !number_read(line->words[1], &slot))
        return false;
    token_return(line->n_words == 1, slot);
    return true;
}

static bool
events_run(const struct line *line)
{
    bool on = strcmp(line->words[1], "on") == 0;

    if (!on && strcmp(line->words[1], "off") != 0)
        return false;
    token_set_events(on);
    return true;
}

/* The position of a word in a list that ends with NULL, or -1. */
static int
word_find(const char *word, const char *const *list)
{
    int i;

    for (i = 0; list[i] != NULL; i++)
        if (strcmp(word, list[i]) == 0)
            return i;
    return -1;
}

static bool
handles_run(const struct line *line)
{
    static const char *const modes[] = { "plain", "wide", "reuse", NULL };
    int mode = word_find(line->words[1], modes);

    if (mode < 0)
        return false;
    handles_set_mode((enum handle_mode)mode);
    return true;
}

static bool
interface_run(const struct line *line)
{
    static const char *const modes[] = { "auto",    "2.40",     "3.0", "3.2",
                                         "3.2-lie", "3.2-text", NULL };
    int mode = word_find(line->words[1], modes);

    if (mode < 0)
        return false;
    list_set_mode((enum interface_mode)mode);
    return true;
}

static bool
no_interface_run(const struct line *line)
{
    (void)line;
    list_set_interfaces(false);
    return true;
}

static bool
reset_run(const struct line *line)
{
    (void)line;
    rules_clear();
    fault_count_reset();
    handles_set_mode(HANDLES_PLAIN);
    token_reset();
    list_reset();
    vendor_set_reserved(NULL);
    return true;
}

static const struct command commands[] = {
    { "module", 2, 2, module_run },
    { "reserved", 2, 2, reserved_run },
    { "sessions", 2, 3, sessions_run },
    { "device", 3, 4, device_run },
    { "objects", 2, 2, objects_run },
    { "vanish", 1, 2, vanish_run },
    { "return-token", 1, 2, return_run },
    { "events", 2, 2, events_run },
    { "handles", 2, 2, handles_run },
    { "interface", 2, 2, interface_run },
    { "no-interface", 1, 1, no_interface_run },
    { "reset", 1, 1, reset_run },
};

/* The reserved string is one word with its blanks. */
static void
line_split(char *text, struct line *out)
{
    bool whole = strncmp(text, "reserved", 8) == 0;
    size_t most = whole ? 2 : MOST_WORDS;

    out->n_words = 0;
    text[strcspn(text, "#")] = '\0';
    while (*(text += strspn(text, " \t")) != '\0' && out->n_words < most) {
        out->words[out->n_words++] = text;
        if (out->n_words == most)
            break;
        text += strcspn(text, " \t");
        if (*text != '\0')
            *text++ = '\0';
    }
}

static bool
line_run(const struct line *line)
{
    size_t i;

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, line->words[0]) == 0)
            return line->n_words >= commands[i].fewest &&
                   line->n_words <= commands[i].most && commands[i].run(line);
    return rule_run(line);
}

static bool
script_run(const char *text)
{
    CLEANUP(freep) char *copy = strdup(text);
    char *rest = copy, *one;
    struct line line;
    unsigned number = 0;

    if (copy == NULL)
        return false;
    while ((one = strsep(&rest, "\n;")) != NULL) {
        number++;
        one += strspn(one, " \t");
        line_split(one, &line);
        if (line.n_words > 0 && !line_run(&line)) {
            fprintf(stderr,
                    "fault script: line %u (%s ...) is not understood\n",
                    number, line.words[0]);
            return false;
        }
    }
    return true;
}

static bool
script_read(void)
{
    const char *path = getenv("P11MUX_FAULT_SCRIPT");
    CLEANUP(freep) char *text = NULL;
    CLEANUP(fclosep) FILE *file = NULL;
    size_t room = 0;
    bool is_read;

    if (path == NULL)
        return true;
    file = fopen(path, "re");
    is_read = file != NULL && getdelim(&text, &room, '\0', file) >= 0;
    if (file == NULL || (!is_read && ferror(file))) {
        fprintf(stderr, "fault script: %s: %s\n", path, strerror(errno));
        return false;
    }
    /* Of an empty file there is no text. */
    return !is_read || script_run(text);
}

void
script_read_once(void)
{
    bool first;

    pthread_mutex_lock(&lock);
    first = !was_read && getenv("P11MUX_FAULT_SCRIPT") != NULL;
    was_read = was_read || first;
    pthread_mutex_unlock(&lock);
    if (first)
        (void)script_read();
}

void
script_set_file(const char *path)
{
    setenv("P11MUX_FAULT_SCRIPT", path, 1);
    script_read_once();
}

bool
fault_load(const char *text)
{
    rules_clear();
    return text != NULL ? script_run(text) : script_read();
}

bool
fault_add(const char *text)
{
    return script_run(text);
}

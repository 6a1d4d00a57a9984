/* SPDX-License-Identifier: BSD-3-Clause */
/* Which records of an audit log a command is asked for. */
#include "cli/audit-filter.h"

#include "cli/event-class.h"
#include "cli/message.h"
#include "cli/moment.h"
#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Fewer digits would be taken for the fingerprints of many keys. */
enum { LEAST_FINGERPRINT = 8, NUMBER_LENGTH = 24 };

/* -- One value ------------------------------------------------------------ */

static bool
is_text(const char *text, const char *value)
{
    return text != NULL && strcmp(text, value) == 0;
}

static bool
fits_token(const struct log_entry *entry, const char *value)
{
    return is_text(entry->token, value);
}

static bool
fits_key(const struct log_entry *entry, const char *value)
{
    const struct entry_key *key = &entry->key;
    size_t length = strlen(value);

    return is_text(key->label, value) ||
           (length > 0 && key->id != NULL && strcasecmp(key->id, value) == 0) ||
           (length >= LEAST_FINGERPRINT && key->fingerprint != NULL &&
            strncasecmp(key->fingerprint, value, length) == 0);
}

static bool
fits_event(const struct log_entry *entry, const char *value)
{
    return is_text(entry->event, value);
}

static bool
fits_outcome(const struct log_entry *entry, const char *value)
{
    return is_text(entry->outcome, value);
}

static bool
fits_user(const struct log_entry *entry, const char *value)
{
    char number[NUMBER_LENGTH];

    if (is_text(entry->user, value))
        return true;
    (void)snprintf(number, sizeof(number), "%" PRIu64, entry->uid);
    return entry->has_uid && strcmp(number, value) == 0;
}

static bool
fits_exe(const struct log_entry *entry, const char *value)
{
    const char *slash = entry->exe == NULL ? NULL : strrchr(entry->exe, '/');

    return is_text(entry->exe, value) ||
           (slash != NULL && strcmp(slash + 1, value) == 0);
}

static bool
fits_run(const struct log_entry *entry, const char *value)
{
    return strncmp(entry->run, value, strlen(value)) == 0;
}

static const struct {
    enum option_id option;
    bool (*fits)(const struct log_entry *entry, const char *value);
} tests[] = {
    { OPTION_TOKEN, fits_token }, { OPTION_OF_KEY, fits_key },
    { OPTION_EVENT, fits_event }, { OPTION_OUTCOME, fits_outcome },
    { OPTION_USER, fits_user },   { OPTION_EXE, fits_exe },
    { OPTION_RUN, fits_run },
};

enum { N_TESTS = sizeof(tests) / sizeof(tests[0]) };

/* -- All of them ---------------------------------------------------------- */

static bool
any_fits(const struct request *request, size_t test,
         const struct log_entry *entry)
{
    for (size_t i = 0; i < request->n_given; i++)
        if (request->given[i].option == tests[test].option &&
            tests[test].fits(entry, request->given[i].value))
            return true;
    return false;
}

bool
filter_fits(const struct filter *filter, const struct log_entry *entry)
{
    if (filter->since[0] != '\0' && strcmp(entry->time, filter->since) < 0)
        return false;
    if (filter->until[0] != '\0' && strcmp(entry->time, filter->until) >= 0)
        return false;
    for (size_t i = 0; i < N_TESTS; i++)
        if (filter->request->is_given[tests[i].option] &&
            !any_fits(filter->request, i, entry))
            return false;
    return true;
}

bool
filter_is_empty(const struct filter *filter)
{
    for (size_t i = 0; i < N_TESTS; i++)
        if (filter->request->is_given[tests[i].option])
            return false;
    return filter->since[0] == '\0' && filter->until[0] == '\0';
}

/* -- From the command line ------------------------------------------------ */

static const char *const outcomes[] = { "success", "failure", "denied" };

static bool
check_word(const struct request *request, enum option_id option,
           const char *const *words, size_t n_words, const char *examples)
{
    const char *command = request->command->name;

    for (size_t i = 0; i < request->n_given; i++) {
        const char *value = request->given[i].value;
        const char *nearest;
        size_t k = 0;

        if (request->given[i].option != option)
            continue;
        while (k < n_words && strcmp(words[k], value) != 0)
            k++;
        if (k < n_words)
            continue;
        nearest = text_nearest(value, words, n_words);
        if (nearest != NULL)
            message_error("%s: there is no %s \"%s\"; did you mean \"%s\"?",
                          command, option_facts[option].name, value, nearest);
        else
            message_error("%s: there is no %s \"%s\"; %s", command,
                          option_facts[option].name, value, examples);
        return false;
    }
    return true;
}

static bool
read_moment(const struct request *request, enum option_id option,
            struct timespec now, char out[CLOCK_TEXT_LENGTH + 1])
{
    out[0] = '\0';
    if (!request->is_given[option] ||
        moment_read(request->values[option], now, out))
        return true;
    message_error("%s: \"%s\" is no time; give one such as "
                  "2026-01-31T12:00:00Z, 2026-01-31, or how long ago: 2h, 7d",
                  request->command->name, request->values[option]);
    return false;
}

bool
filter_read(const struct request *request, struct filter *out)
{
    struct timespec now;

    out->request = request;
    clock_gettime(CLOCK_REALTIME, &now);
    return read_moment(request, OPTION_FROM, now, out->since) &&
           read_moment(request, OPTION_UNTIL, now, out->until) &&
           check_word(request, OPTION_EVENT, event_names, n_event_names,
                      "p11mux-audit(5) lists them") &&
           check_word(request, OPTION_OUTCOME, outcomes,
                      sizeof(outcomes) / sizeof(outcomes[0]),
                      "there are success, failure and denied");
}

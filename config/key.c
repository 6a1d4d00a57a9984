/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of keys, and the words that stand for values. */
#include "config/key.h"

#include "common/daemon.h"
#include "config/config.h"

#include <stdio.h>
#include <string.h>

static const struct config_word instances[] = {
    { "shared", false },
    { "own", true },
    { NULL, 0 },
};

static const struct config_word serialises[] = {
    { "no", SERIALISE_NO },
    { "session", SERIALISE_SESSION },
    { "backend", SERIALISE_BACKEND },
    { NULL, 0 },
};

static const struct config_word fork_modes[] = {
    { "finalize-reinit", FORK_FINALIZE_REINIT },
    { "reinit", FORK_REINIT },
    { "second-instance", FORK_SECOND_INSTANCE },
    { "unsupported", FORK_UNSUPPORTED },
    { NULL, 0 },
};

static const struct config_word rw_policies[] = {
    { "match", RW_POLICY_MATCH },
    { "rw_only", RW_POLICY_RW_ONLY },
    { NULL, 0 },
};

/* How far a login and a handle reach. */
static const struct config_word reaches[] = {
    { "app", SCOPED_APP },
    { "session", SCOPED_SESSION },
    { NULL, 0 },
};

static const struct config_word cancels[] = {
    { "close", CANCEL_CLOSE },
    { "reliable", CANCEL_RELIABLE },
    { NULL, 0 },
};

static const struct config_word slot_events[] = {
    { "poll", SLOT_EVENTS_POLL },
    { "off", SLOT_EVENTS_OFF },
    { NULL, 0 },
};

static const struct config_word serials[] = {
    { "real", SERIAL_REAL },
    { "constant", SERIAL_CONSTANT },
    { NULL, 0 },
};

/* What a return value says of the token. */
static const struct config_word classes[] = {
    { "user", OUTCOME_USER },
    { "lost", OUTCOME_MEMBER_LOST },
    { "ambiguous", OUTCOME_AMBIGUOUS },
    { "session", OUTCOME_SESSION_LOST },
    { "login", OUTCOME_LOGIN_LOST },
    { "busy", OUTCOME_THROTTLED },
    { NULL, 0 },
};

static const struct config_word modes[] = {
    { "single", GROUP_SINGLE },
    { "failover", GROUP_FAILOVER },
    { "balance", GROUP_BALANCE },
    { "migrate", GROUP_MIGRATE },
    { NULL, 0 },
};

static const struct config_word roles[] = {
    { "none", ROLE_NONE },
    { "new", ROLE_NEW },
    { "old", ROLE_OLD },
    { NULL, 0 },
};

static const struct config_word writes[] = {
    { "refuse", WRITE_REFUSE },
    { "primary", WRITE_PRIMARY },
    { "replicate", WRITE_REPLICATE },
    { NULL, 0 },
};

static const struct config_word failbacks[] = {
    { "auto", false },
    { "manual", true },
    { NULL, 0 },
};

static const struct config_word partials[] = {
    { "ok", false },
    { "error", true },
    { NULL, 0 },
};

static const struct config_word pool_modes[] = {
    { "operation", POOL_OPERATION },
    { "session", POOL_SESSION },
    { "none", POOL_NONE },
    { NULL, 0 },
};

static const struct config_word others[] = {
    { "show", true },
    { "hide", false },
    { NULL, 0 },
};

static const struct config_word consumers[] = {
    { "strict", false },
    { "refcount", true },
    { NULL, 0 },
};

static const struct config_word forks[] = {
    { "strict", false },
    { "follow", true },
    { NULL, 0 },
};

static const struct config_word log_levels[] = {
    { "error", LOG_LEVEL_ERROR },
    { "warning", LOG_LEVEL_WARNING },
    { "info", LOG_LEVEL_INFO },
    { "debug", LOG_LEVEL_DEBUG },
    { NULL, 0 },
};

static const struct config_word audit_levels[] = {
    { "keys", AUDIT_LEVEL_KEYS },
    { "operations", AUDIT_LEVEL_OPERATIONS },
    { "calls", AUDIT_LEVEL_CALLS },
    { NULL, 0 },
};

static const struct config_word audit_durabilities[] = {
    { "write", AUDIT_DURABILITY_WRITE },
    { "disk", AUDIT_DURABILITY_DISK },
    { "buffer", AUDIT_DURABILITY_BUFFER },
    { NULL, 0 },
};

static const struct config_word room_errors[] = {
#define ROOM_ERROR(name, its_class) { "CKR_" #name, ROOM_##name },
#include "config/room-errors.def"
#undef ROOM_ERROR
    { NULL, 0 },
};

static const struct config_word certificates_modes[] = {
    { "token", CERTIFICATES_TOKEN },
    { "hybrid", CERTIFICATES_HYBRID },
    { "store", CERTIFICATES_STORE },
    { NULL, 0 },
};

static const struct config_word overwrites[] = {
    { "overflow", false },
    { "replace", true },
    { NULL, 0 },
};

/* The one policy there is needs no field. */
static const struct config_word privates[] = {
    { "refuse", 0 },
    { NULL, 0 },
};

static const struct config_word audit_failures[] = {
    { "deny", true },
    { "allow", false },
    { NULL, 0 },
};

static const struct config_word audit_sinks[] = {
    { "syslog", DAEMON_SYSLOG },
    { "journal", DAEMON_JOURNAL },
    { NULL, 0 },
};

/* As audit/event.h counts them. */
enum audit_event_number {
    EVENT_NONE,
#define EVENT(name, text) EVENT_##name,
#define OWN_EVENT         EVENT
#include "config/events.def"
#undef EVENT
#undef OWN_EVENT
    N_EVENTS
};

_Static_assert(N_EVENTS <= 64, "each event has a bit of its own");

static const struct config_word audit_events[] = {
#define EVENT(name, text)     { text, EVENT_##name },
#define OWN_EVENT(name, text) /* cannot be left out */
#include "config/events.def"
#undef EVENT
#undef OWN_EVENT
    { NULL, 0 },
};

#define AT(type, member)                                                       \
    .offset = offsetof(struct type, member),                                   \
    .size = sizeof(((struct type *)NULL)->member)
#define AT_SETTING(member) AT(config_module, settings.member)
#define LIST_OF(its_scope, type, member, n_member)                             \
    AT(type, member), .count = offsetof(struct type, n_member),                \
                      .inner = SCOPE_##its_scope

const struct config_key key_rows[] = {
#define KEY(its_scope, its_path, its_type, ...)                                \
    { .scope = SCOPE_##its_scope,                                              \
      .path = its_path,                                                        \
      .type = KEY_##its_type,                                                  \
      __VA_ARGS__ },
#include "config/keys.def"
#undef KEY
};

const size_t n_key_rows = sizeof(key_rows) / sizeof(key_rows[0]);

_Static_assert(sizeof(key_rows) / sizeof(key_rows[0]) <= MOST_KEYS,
               "MOST_KEYS is too small");

const char *const config_keys[] = {
#define KEY(its_scope, its_path, ...) its_path,
#include "config/keys.def"
#undef KEY
};

const size_t n_config_keys = sizeof(config_keys) / sizeof(config_keys[0]);

const char *
config_key_name(const struct config_key *key)
{
    const char *dot = strrchr(key->path, '.');

    return dot == NULL ? key->path : dot + 1;
}

const struct config_key *
config_key_find(enum key_scope scope, const char *name)
{
    for (size_t i = 0; i < n_key_rows; i++)
        if (key_rows[i].scope == scope &&
            strcmp(config_key_name(&key_rows[i]), name) == 0)
            return &key_rows[i];
    return NULL;
}

const struct config_word *
config_word_find(const struct config_key *key, const char *text)
{
    for (const struct config_word *word = key->words; word->text != NULL;
         word++)
        if (strcmp(word->text, text) == 0)
            return word;
    return NULL;
}

size_t
config_key_names(enum key_scope scope, const char *out[MOST_KEYS])
{
    size_t n = 0;

    for (size_t i = 0; i < n_key_rows; i++)
        if (key_rows[i].scope == scope)
            out[n++] = config_key_name(&key_rows[i]);
    return n;
}

const char *
config_words_list(const struct config_word *words, char out[WORDS_LENGTH])
{
    size_t length = 0;

    if (words[1].text != NULL)
        length = (size_t)snprintf(out, WORDS_LENGTH, "one of ");
    for (const struct config_word *word = words; word->text != NULL; word++)
        length +=
            (size_t)snprintf(out + length, WORDS_LENGTH - length, "%s\"%s\"",
                             word == words ? "" : ", ", word->text);
    return out;
}

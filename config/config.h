/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration file as plain structs; read once, never changed. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "common/error.h"
#include "common/log.h"
#include "config/outcome.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* In each of these enums 0 means that the file does not say. */
enum config_serialise {
    SERIALISE_UNSET,
    SERIALISE_NO,
    SERIALISE_SESSION,
    SERIALISE_BACKEND
};
enum config_fork_mode {
    FORK_UNSET,
    FORK_FINALIZE_REINIT,
    FORK_REINIT,
    FORK_SECOND_INSTANCE,
    FORK_UNSUPPORTED
};
enum config_cancel { CANCEL_UNSET, CANCEL_CLOSE, CANCEL_RELIABLE };
enum config_slot_events {
    SLOT_EVENTS_UNSET,
    SLOT_EVENTS_POLL,
    SLOT_EVENTS_BLOCKING,
    SLOT_EVENTS_OFF
};
enum config_serial { SERIAL_UNSET, SERIAL_REAL, SERIAL_CONSTANT };
enum config_rw_policy { RW_POLICY_UNSET, RW_POLICY_MATCH, RW_POLICY_RW_ONLY };
/* Of logins, and of object handles. */
enum config_scope { SCOPED_UNSET, SCOPED_APP, SCOPED_SESSION };
enum config_answer { ANSWER_UNSET, ANSWER_NO, ANSWER_YES };

/* A time that is given as none; one that is not given is 0. */
#define NO_TIME UINT64_MAX

/* A bit for each answer of a token that has no room for a certificate. */
enum config_room_error {
    ROOM_UNSET, /* so that no answer is bit 0 */
#define ROOM_ERROR(name, its_class) ROOM_##name,
#include "config/room-errors.def"
#undef ROOM_ERROR
    N_ROOM_ERRORS
};

/* Where a vendor mechanism's parameter holds object handles (R1.17). */
struct config_mechanism {
    CK_MECHANISM_TYPE type;
    size_t *handles; /* offsets, in bytes, of handles that go in */
    size_t n_handles;
    size_t *out; /* offsets, in bytes, of handles that come out */
    size_t n_out;
};

/* How a vendor's module behaves (SEMANTICS 12): what the file says of it. */
struct config_profile {
    enum config_serialise serialise;
    enum config_fork_mode fork_mode;
    enum config_cancel cancel;
    enum config_slot_events slot_events;
    enum config_serial serial;
    enum config_rw_policy rw_policy;
    enum config_scope login_scope;
    enum config_scope handle_scope;
    size_t max_sessions;      /* of the device; 0: what the token reports */
    uint64_t call_timeout_ms; /* a call that takes longer hangs; or NO_TIME */
    uint64_t keepalive_ms; /* a backend session idles no longer; or NO_TIME */
    enum config_answer handle_reuse;
    enum config_answer dlclose;
    enum config_answer wrap_auth;
    enum config_answer token_default; /* yes: CKA_TOKEN is TRUE if absent */
    enum config_answer sigpipe;
    /* One certificate for each CKA_ID: the next one takes its place (R8.6). */
    enum config_answer create_overwrites;
    /* On a full disk C_CreateObject answers CKR_OK, and keeps a part. */
    enum config_answer create_unchecked;
    uint64_t room_errors; /* 1 << enum config_room_error each; 0: unset */
    const struct config_mechanism *mechanisms;
    size_t n_mechanisms;
    /* Before those that its vendor is known for. */
    const struct config_class *classes;
    size_t n_classes;
};

struct config_variable {
    char *name;
    char *value;
};

struct config_module {
    char *name;   /* unique, never NULL */
    char *path;   /* NULL where p11_kit is set */
    bool p11_kit; /* every other module registered with p11-kit */
    struct config_variable *env;
    size_t n_env;
    char *init_args; /* NULL: none */
    bool own_instance;
    bool critical;
    char *profile; /* name of a vendor profile; NULL: found automatically */
    struct config_profile settings;
    unsigned line; /* in the file; 0 for a default */
};

/* A PKCS#11 URI reduced to what selects a token. NULL: not asked for. */
struct config_match {
    char *uri; /* as written */
    char *label;
    char *serial;
    char *manufacturer;
    char *model;
    bool has_slot_id;
    CK_SLOT_ID slot_id;
    bool has_pin_source; /* then the member's pin comes of it */
};

/* Where a PIN comes from; never the PIN itself. */
enum config_pin_kind {
    PIN_UNSET,
    PIN_FILE,       /* the first line of the file `text` */
    PIN_VARIABLE,   /* the environment variable `text` */
    PIN_COMMAND,    /* the first line that `arguments` prints */
    PIN_CREDENTIAL, /* systemd's credential `text` */
    PIN_URI         /* the pin-source of the PKCS#11 URI `text` */
};

struct config_pin {
    enum config_pin_kind kind;
    char *text;       /* as written behind the kind's name; a URI as a whole */
    char **arguments; /* of PIN_COMMAND, ends with NULL; else NULL */
    bool of_so;       /* of the security officer */
};

/*
 * "file:/PATH", "env:NAME", "command:/PROGRAM ARGUMENTS", "credential:NAME",
 * or a PKCS#11 URI with a pin-source. Else false, and *mistake says what is
 * wrong and what to do, to be put behind the key's name; it never holds the
 * text, which may be a PIN, and is NULL for lack of memory. The caller clears.
 */
bool config_pin_parse(const char *text, struct config_pin *out,
                      const char **mistake);
void config_pin_clear(struct config_pin *pin);

/* Which calls leave a record (DESIGN 5); each level has those of the one
 * before. */
enum config_audit_level {
    AUDIT_LEVEL_UNSET,
    AUDIT_LEVEL_KEYS,       /* private and secret keys, objects, logins */
    AUDIT_LEVEL_OPERATIONS, /* every cryptographic operation */
    AUDIT_LEVEL_CALLS
};

/* Where a record is before its call returns. */
enum config_audit_durability {
    AUDIT_DURABILITY_WRITE, /* in the kernel */
    AUDIT_DURABILITY_DISK,
    AUDIT_DURABILITY_BUFFER /* in memory */
};

struct config_audit {
    char *file; /* NULL: no log */
    char *key;  /* the file of the one that signs; NULL: none */
    uint64_t checkpoint_records; /* of one process */
    uint64_t checkpoint_interval_ms;
    enum config_audit_level level;
    uint64_t excluded; /* a bit for each event of config/events.def, from 1 */
    enum config_audit_durability durability;
    bool denies;           /* what cannot be recorded is not answered */
    bool intends;          /* what is about to change a token is recorded too */
    uint64_t sinks;        /* besides the file: a bit for each of enum daemon */
    uint64_t rotate_bytes; /* who signs moves a log as large aside; 0: never */
};

/* How a token chooses the member that answers. */
enum group_mode {
    GROUP_SINGLE,   /* the one member it has */
    GROUP_FAILOVER, /* the first one that is usable */
    GROUP_BALANCE,  /* the same, and operations go by load */
    GROUP_MIGRATE   /* the new one where it has the object, else the old one */
};

/* What a member of a token is there for whose objects move (SEMANTICS 9). */
enum member_role { ROLE_NONE, ROLE_NEW, ROLE_OLD };

/* Their places in such a token, whatever the order in the file. */
enum { MIGRATE_NEW, MIGRATE_OLD, MIGRATE_MEMBERS };

/* Where objects go that are made on a group, and stay. */
enum config_write {
    WRITE_REFUSE,   /* nowhere */
    WRITE_PRIMARY,  /* to the first member, and they are there alone */
    WRITE_REPLICATE /* to all members, or nowhere */
};

/* The most that a token takes. */
enum { MOST_MEMBERS = 32, MOST_WEIGHT = 1000 };

struct config_member {
    const struct config_module *module;
    struct config_match match;
    struct config_pin pin;
    bool is_standby;
    size_t weight;         /* in mode "balance" */
    enum member_role role; /* in mode "migrate" */
    unsigned line;
};

/* How long a virtual session keeps a backend session (DESIGN 4). */
enum config_pool_mode {
    POOL_OPERATION, /* while an operation is active */
    POOL_SESSION,   /* from its first use to the close, then others */
    POOL_NONE       /* one each, closed with it */
};

/* Backend sessions of one member, besides the one that holds the login. */
struct config_pool {
    enum config_pool_mode mode;
    size_t size; /* 0: what the token reports less one (R3.6) */
    uint64_t wait_ms;
    uint64_t idle_ms;
    uint64_t lifetime_ms;
    uint64_t check_after_ms;
};

/* Of a token that no rule names. */
extern const struct config_pool config_pool_default;

/* Where a token's certificates are (DESIGN 6). */
enum config_certificates_mode {
    CERTIFICATES_TOKEN,  /* on the token, as the vendor has it */
    CERTIFICATES_HYBRID, /* there, and in the store what it has no room for */
    CERTIFICATES_STORE   /* new ones in the store */
};

struct config_certificates {
    enum config_certificates_mode mode;
    size_t max;      /* on the token; 0: as many as it takes */
    size_t max_size; /* of one on the token, in bytes; 0: what it takes */
    bool replaces;   /* one that has the place may be overwritten (R8.6) */
    bool derive_missing;
    bool needs_login; /* to write the store (R8.14) */
};

struct config_token {
    char *label;
    CK_SLOT_ID slot; /* always set: explicit, else by position */
    char *serial;    /* these three: NULL: of the first member */
    char *manufacturer;
    char *model;
    struct config_pool pool;
    struct config_certificates certificates;
    struct config_pin pin; /* of the user, for members without their own */
    struct config_pin so_pin;
    bool auto_login;
    enum config_audit_level audit_level; /* unset: the log's */
    enum group_mode mode;
    enum config_write write; /* of a group; of "migrate": primary */
    bool holds_back;         /* who was lost does not serve again by itself */
    uint64_t call_budget_ms; /* of one call, for all members; or NO_TIME */
    uint64_t replay_bytes;   /* of an operation's input, kept for another
                                member; 0: none */
    bool buries;    /* of "migrate": what the old member does not destroy is
                       hidden there (R9.4) */
    bool needs_all; /* a search of which a member has no part is an error */
    struct config_member *members; /* in the order in which they are asked */
    size_t n_members;
    unsigned line;
};

struct config {
    char *file; /* NULL: no file, defaults */
    bool has_hash;
    unsigned char hash[32]; /* SHA-256 of what was read of it */
    struct config_module *modules;
    size_t n_modules;
    struct config_token *tokens;
    size_t n_tokens;
    bool show_others;
    bool counts_consumers; /* a second C_Initialize is counted (R3.36) */
    bool follows_forks;    /* a child goes on without C_Initialize */
    char *state_dir;
    char *runtime_dir; /* what running processes and the tool share */
    char *group;
    gid_t group_id; /* (gid_t)-1 when there is no such group */
    enum log_level log_level;
    char *log_target;
    struct config_audit audit;
    char *store_url; /* of certificates that tokens have no room for */
    uint64_t slot_refresh_ms;
    uint64_t start_timeout_ms;
    uint64_t finalize_wait_ms;
    struct config *before; /* freed with it, since it is still read; or NULL */
};

/*
 * The file that applies: $P11MUX_CONF, $XDG_CONFIG_HOME/p11mux/p11mux.conf
 * (default ~/.config), $sysconfdir/p11mux/p11mux.conf; the environment is
 * not looked at under raised privileges. *out is NULL when there is none,
 * else the caller frees it. False only for memory, or when $P11MUX_CONF
 * names a file that is not there.
 */
bool config_find(char **out, struct error *error);

/*
 * Reads a file (NULL: the defaults). The first mistake is in `error`, as
 * "file:line: what; what to do". The caller frees *out with config_free.
 */
bool config_load(const char *file, struct config **out, struct error *error);

/* The same for a text in memory, which ends with a NUL that is not counted;
 * `file` is what messages call it. */
bool config_load_text(const char *file, const char *text, size_t length,
                      struct config **out, struct error *error);
void config_free(struct config *config);
void config_freep(struct config **config);

/* Every mistake of a file, in the order of its lines. */
struct config_mistakes {
    char **texts;
    size_t n_texts;
};

/* False when there is any (none in *out: no memory); the caller frees with
 * config_mistakes_free. */
bool config_check(const char *file, struct config_mistakes *out);
void config_mistakes_free(struct config_mistakes *mistakes);

/* Whether a token with these (unpadded) texts and slot id is meant. */
bool config_match_fits(const struct config_match *match, const char *label,
                       const char *serial, const char *manufacturer,
                       const char *model, CK_SLOT_ID slot_id);

/* Every key the file may hold, for the checks that compare the sample and
 * the man page: "tokens.label", "modules.path", "log.level", ... */
extern const char *const config_keys[];
extern const size_t n_config_keys;

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* What the file may hold: one table of every key, which drives the reader. */
#ifndef CONFIG_KEY_H
#define CONFIG_KEY_H

#include <stdbool.h>
#include <stddef.h>

/* The kinds of group; each has keys of its own. */
enum key_scope {
    SCOPE_TOP,
    SCOPE_MODULE,
    SCOPE_CLASS,
    SCOPE_MECHANISM,
    SCOPE_TOKEN,
    SCOPE_MEMBER,
    SCOPE_POOL,
    SCOPE_CERTIFICATES,
    SCOPE_LOG,
    SCOPE_AUDIT,
    SCOPE_STORE,
    N_SCOPES
};

/* What a value is; config/value.c has a row for each. */
enum key_type {
    KEY_LIST,      /* of groups of the scope `inner` */
    KEY_GROUP,     /* of the scope `inner`, whose fields are beside the key's */
    KEY_NAME,      /* letters, digits, ".", "_" and "-" */
    KEY_FIELD,     /* UTF-8 for a padded field of `limit` bytes */
    KEY_SERIAL,    /* the same in printable ASCII */
    KEY_TEXT,      /* not empty, on one line */
    KEY_FOLDER,    /* an absolute path */
    KEY_TARGET,    /* where messages go */
    KEY_MATCH,     /* a PKCS#11 URI */
    KEY_MODULE,    /* the name of a module */
    KEY_WORD,      /* one of `words` */
    KEY_TRUTH,     /* a bool */
    KEY_ANSWER,    /* an enum config_answer */
    KEY_TIME,      /* in milliseconds, at least `limit` */
    KEY_SIZE,      /* in bytes */
    KEY_SLOT,      /* a slot id */
    KEY_COUNT,     /* a whole number from 1 */
    KEY_PIN,       /* where a PIN comes from */
    KEY_VARIABLES, /* a group of texts */
    KEY_MECHANISM, /* a mechanism's name or number */
    KEY_CODE,      /* a return value's name or number */
    KEY_FUNCTION,  /* a function's name */
    KEY_OFFSETS,   /* a list of numbers */
    KEY_WORDS,     /* a list of `words`, each a bit */
    N_KEY_TYPES
};

/* A word of the file and the value it stands for. */
struct config_word {
    const char *text; /* NULL ends a list */
    unsigned value;
};

struct config_key {
    enum key_scope scope;
    const char *path; /* "modules.mechanisms.id": the name is its end */
    enum key_type type;
    bool is_required;
    const char *initial; /* the default; NULL: none, or found by code */
    size_t offset;       /* of the field in the scope's struct */
    size_t size;         /* of the field */
    size_t count;        /* lists: offset of the field with their number */
    enum key_scope inner;
    const struct config_word *words;
    size_t limit;
    bool has_none;      /* no time at all is NO_TIME, so that 0 is unset */
    bool reloads;       /* a running process takes a new value over */
    const char *advice; /* what to give where the key is missing */
};

enum { MOST_KEYS = 128 };

extern const struct config_key key_rows[]; /* at most MOST_KEYS */
extern const size_t n_key_rows;

const char *config_key_name(const struct config_key *key);

/* The key of that scope, or NULL. */
const struct config_key *config_key_find(enum key_scope scope,
                                         const char *name);

/* The word with that text, or NULL. */
const struct config_word *config_word_find(const struct config_key *key,
                                           const char *text);

enum { WORDS_LENGTH = 512 };

/* Writes `one of "a", "b"`, or `"a"` where there is one only. */
const char *config_words_list(const struct config_word *words,
                              char out[WORDS_LENGTH]);

/* Lends the names of a scope's keys; returns how many there are. */
size_t config_key_names(enum key_scope scope, const char *out[MOST_KEYS]);

#endif

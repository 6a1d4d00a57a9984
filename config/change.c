/* SPDX-License-Identifier: BSD-3-Clause */
/* Compares configurations by the table of keys. */
#include "config/change.h"

#include "config/key.h"

#include <string.h>

struct comparison {
    config_change_told *tell;
    void *context;
    const char *name;
};

static void compare_scope(const struct comparison *comparison,
                          enum key_scope scope, const void *a, const void *b);

/* -- Values ------------------------------------------------------------------
 */

/* The field of a struct; and the number that belongs to a list. */
static const void *
field(const struct config_key *key, const void *base)
{
    return (const char *)base + key->offset;
}

static size_t
count(const struct config_key *key, const void *base)
{
    return *(const size_t *)(const void *)((const char *)base + key->count);
}

static bool
is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
has_same_bytes(const struct config_key *key, const void *a, const void *b)
{
    return key->size == 0 ||
           memcmp(field(key, a), field(key, b), key->size) == 0;
}

static bool
has_same_text(const struct config_key *key, const void *a, const void *b)
{
    return is_same_text(*(char *const *)field(key, a),
                        *(char *const *)field(key, b));
}

static bool
has_same_match(const struct config_key *key, const void *a, const void *b)
{
    const struct config_match *one = field(key, a), *other = field(key, b);

    return is_same_text(one->uri, other->uri);
}

static bool
has_same_module(const struct config_key *key, const void *a, const void *b)
{
    const struct config_module *const *one = field(key, a);
    const struct config_module *const *other = field(key, b);

    return is_same_text((*one)->name, (*other)->name);
}

static bool
has_same_pin(const struct config_key *key, const void *a, const void *b)
{
    const struct config_pin *one = field(key, a), *other = field(key, b);

    return one->kind == other->kind && is_same_text(one->text, other->text);
}

static bool
has_same_variables(const struct config_key *key, const void *a, const void *b)
{
    const struct config_variable *const *one = field(key, a);
    const struct config_variable *const *other = field(key, b);
    bool is_same = count(key, a) == count(key, b);

    for (size_t i = 0; is_same && i < count(key, a); i++)
        is_same = is_same_text((*one)[i].name, (*other)[i].name) &&
                  is_same_text((*one)[i].value, (*other)[i].value);
    return is_same;
}

static bool
has_same_offsets(const struct config_key *key, const void *a, const void *b)
{
    const size_t *const *one = field(key, a), *const *other = field(key, b);

    return count(key, a) == count(key, b) &&
           (count(key, a) == 0 ||
            memcmp(*one, *other, count(key, a) * sizeof(**one)) == 0);
}

/* Of lists and groups NULL: they are gone through. */
static bool (*const is_same[N_KEY_TYPES])(const struct config_key *key,
                                          const void *a, const void *b) = {
    [KEY_NAME] = has_same_text,           [KEY_FIELD] = has_same_text,
    [KEY_SERIAL] = has_same_text,         [KEY_TEXT] = has_same_text,
    [KEY_FOLDER] = has_same_text,         [KEY_TARGET] = has_same_text,
    [KEY_MATCH] = has_same_match,         [KEY_MODULE] = has_same_module,
    [KEY_WORD] = has_same_bytes,          [KEY_TRUTH] = has_same_bytes,
    [KEY_ANSWER] = has_same_bytes,        [KEY_TIME] = has_same_bytes,
    [KEY_SIZE] = has_same_bytes,          [KEY_SLOT] = has_same_bytes,
    [KEY_COUNT] = has_same_bytes,         [KEY_PIN] = has_same_pin,
    [KEY_VARIABLES] = has_same_variables, [KEY_MECHANISM] = has_same_bytes,
    [KEY_CODE] = has_same_bytes,          [KEY_FUNCTION] = has_same_bytes,
    [KEY_OFFSETS] = has_same_offsets,     [KEY_WORDS] = has_same_bytes,
};

/* -- Lists -------------------------------------------------------------------
 */

static const size_t sizes[N_SCOPES] = {
    [SCOPE_CLASS] = sizeof(struct config_class),
    [SCOPE_MECHANISM] = sizeof(struct config_mechanism),
    [SCOPE_MEMBER] = sizeof(struct config_member),
};

static void
tell(const struct comparison *comparison, const struct config_key *key)
{
    struct config_change change = { .key = key->path,
                                    .name = comparison->name,
                                    .reloads = key->reloads };

    comparison->tell(comparison->context, &change);
}

static const struct config_module *
find_module(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->n_modules; i++)
        if (strcmp(config->modules[i].name, name) == 0)
            return &config->modules[i];
    return NULL;
}

static void
compare_modules(const struct comparison *comparison,
                const struct config_key *key, const struct config *used,
                const struct config *fresh)
{
    struct comparison inner = *comparison;

    for (size_t i = 0; i < used->n_modules; i++) {
        const struct config_module *module = &used->modules[i];
        const struct config_module *other = find_module(fresh, module->name);

        inner.name = module->name;
        if (other == NULL)
            tell(&inner, key);
        else
            compare_scope(&inner, SCOPE_MODULE, module, other);
    }
    for (size_t i = 0; i < fresh->n_modules; i++) {
        inner.name = fresh->modules[i].name;
        if (find_module(used, inner.name) == NULL)
            tell(&inner, key);
    }
}

static void
compare_list(const struct comparison *comparison, const struct config_key *key,
             const void *a, const void *b)
{
    const char *const *one = field(key, a), *const *other = field(key, b);
    size_t size = sizes[key->inner];

    if (count(key, a) != count(key, b)) {
        tell(comparison, key);
        return;
    }
    for (size_t i = 0; i < count(key, a); i++)
        compare_scope(comparison, key->inner, *one + i * size,
                      *other + i * size);
}

static void
compare_key(const struct comparison *comparison, const struct config_key *key,
            const void *a, const void *b)
{
    if (key->type == KEY_GROUP)
        compare_scope(comparison, key->inner, a, b);
    else if (key->type != KEY_LIST) {
        if (!is_same[key->type](key, a, b))
            tell(comparison, key);
    } else if (key->inner == SCOPE_MODULE)
        compare_modules(comparison, key, a, b);
    else if (key->inner != SCOPE_TOKEN)
        compare_list(comparison, key, a, b);
}

static void
compare_scope(const struct comparison *comparison, enum key_scope scope,
              const void *a, const void *b)
{
    for (size_t i = 0; i < n_key_rows; i++)
        if (key_rows[i].scope == scope)
            compare_key(comparison, &key_rows[i], a, b);
}

/* -- Configurations ----------------------------------------------------------
 */

void
config_compare(const struct config *used, const struct config *fresh,
               config_change_told *told, void *context)
{
    struct comparison comparison = { .tell = told, .context = context };

    compare_scope(&comparison, SCOPE_TOP, used, fresh);
}

void
config_compare_token(const struct config_token *used,
                     const struct config_token *fresh, config_change_told *told,
                     void *context)
{
    struct comparison comparison = { .tell = told,
                                     .context = context,
                                     .name = used->label };

    compare_scope(&comparison, SCOPE_TOKEN, used, fresh);
}

const struct config_token *
config_find_token(const struct config *config, const char *label)
{
    for (size_t i = 0; i < config->n_tokens; i++)
        if (strcmp(config->tokens[i].label, label) == 0)
            return &config->tokens[i];
    return NULL;
}

void
config_lend_modules(const struct config *used, struct config *fresh)
{
    for (size_t i = 0; i < fresh->n_tokens; i++)
        for (size_t k = 0; k < fresh->tokens[i].n_members; k++) {
            struct config_member *member = &fresh->tokens[i].members[k];
            const struct config_module *module =
                find_module(used, member->module->name);

            if (module != NULL)
                member->module = module;
        }
}

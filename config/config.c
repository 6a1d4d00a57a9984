/* SPDX-License-Identifier: BSD-3-Clause */
/* From a file to a struct config, or to the list of its mistakes. */
#include "config/config.h"

#include "common/cleanup.h"
#include "common/crypto.h"
#include "common/file.h"
#include "config/mistake.h"
#include "config/module.h"
#include "config/path.h"
#include "config/reader.h"
#include "config/syntax.h"
#include "config/token.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_FILE = 1024 * 1024 };

void
config_free(struct config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->n_modules; i++)
        config_module_clear(&config->modules[i]);
    free(config->modules);
    for (size_t i = 0; i < config->n_tokens; i++)
        config_token_clear(&config->tokens[i]);
    free(config->tokens);
    free(config->file);
    free(config->state_dir);
    free(config->runtime_dir);
    free(config->group);
    free(config->log_target);
    free(config->audit.file);
    free(config->audit.key);
    free(config->store_url);
    config_free(config->before);
    free(config);
}

void
config_freep(struct config **config)
{
    config_free(*config);
}

/* (gid_t)-1 where nobody knows the group: then there is nobody to share. */
static gid_t
group_find(const char *name)
{
    CLEANUP(freep) char *buffer = NULL;
    struct group entry;
    struct group *found = NULL;
    int result = ERANGE;

    for (size_t size = 1024; result == ERANGE && size <= LONGEST_FILE;
         size *= 4) {
        free(buffer);
        buffer = malloc(size);
        if (buffer == NULL)
            return (gid_t)-1;
        result = getgrnam_r(name, &entry, buffer, size, &found);
    }
    return result == 0 && found != NULL ? found->gr_gid : (gid_t)-1;
}

/* The keys of the file, or with `root` NULL the defaults. */
static void
config_fill(struct config_reader *reader, const config_setting_t *root)
{
    struct config *config = reader->config;

    if ((root == NULL || config_setting_get_member(root, "modules") == NULL) &&
        !config_modules_add_default(reader))
        config_reader_no_memory(reader);
    if (root == NULL)
        config_reader_read_defaults(reader, SCOPE_TOP, config);
    else
        config_reader_read_group(reader, root, SCOPE_TOP, config);
    config_modules_check(reader);
    config_tokens_check(reader);
    if (config->state_dir == NULL)
        config->state_dir = config_state_dir();
    if (config->runtime_dir == NULL)
        config->runtime_dir = config_runtime_dir();
    if (config->state_dir == NULL || config->runtime_dir == NULL ||
        (config->store_url == NULL &&
         asprintf(&config->store_url, "sqlite:%s/certificates.db",
                  config->state_dir) < 0))
        config_reader_no_memory(reader);
    if (config->group != NULL)
        config->group_id = group_find(config->group);
}

static void
config_parse(struct config_reader *reader, const char *text, size_t length)
{
    config_t parsed;
    unsigned line = 0;
    const char *mistake = syntax_check(text, length, &line);

    if (mistake != NULL) {
        config_reader_mistake(reader, line, "%s", mistake);
        return;
    }
    config_init(&parsed);
    if (config_read_string(&parsed, text) == CONFIG_TRUE)
        config_fill(reader, config_root_setting(&parsed));
    else
        config_reader_mistake(
            reader, (unsigned)config_error_line(&parsed),
            "%s; look here and in the line before for a missing "
            "quote, \";\", \",\" or bracket",
            config_error_text(&parsed));
    config_destroy(&parsed);
}

/*
 * Reads a text (NULL: the defaults) as if it were in `file`. NULL when there
 * are mistakes, or no memory.
 */
static struct config *
config_new(const char *file, const char *text, size_t length,
           struct mistake_list *mistakes)
{
    CLEANUP(config_freep) struct config *config = calloc(1, sizeof(*config));
    struct config_reader reader = { .file = file,
                                    .mistakes = mistakes,
                                    .config = config };
    struct config *result;

    if (config == NULL) {
        mistakes->out_of_memory = true;
        return NULL;
    }
    config->group_id = (gid_t)-1;
    if (text == NULL)
        config_fill(&reader, NULL);
    else if ((config->file = strdup(file)) == NULL)
        config_reader_no_memory(&reader);
    else
        config_parse(&reader, text, length);
    config->has_hash =
        text != NULL && crypto_sha256(text, length, config->hash);
    if (mistakes->out_of_memory || mistakes->n_items > 0)
        return NULL;
    result = config;
    config = NULL;
    return result;
}

/*
 * The group that may share p11mux's state may not write its configuration:
 * (gid_t)-1. What is wrong with the file as a whole is a mistake as well.
 */
static struct config *
config_new_from_file(const char *file, struct mistake_list *mistakes)
{
    CLEANUP(freep) char *text = NULL;
    struct error error = { 0 };
    size_t length = 0;

    if (file == NULL)
        return config_new(NULL, NULL, 0, mistakes);
    if (file_read_trusted(file, (gid_t)-1, LONGEST_FILE, &text, &length,
                          &error))
        return config_new(file, text, length, mistakes);
    if (error.rv == CKR_HOST_MEMORY)
        mistakes->out_of_memory = true;
    else
        mistake_add_whole(mistakes, error.text);
    return NULL;
}

/* Hands out the config, or says the first mistake; clears the list. */
static bool
config_finish(struct config *config, struct mistake_list *mistakes,
              struct config **out, struct error *error)
{
    *out = config;
    if (config == NULL && mistakes->n_items > 0) {
        mistake_list_sort(mistakes);
        error_set(error, CKR_GENERAL_ERROR, "%s", mistakes->items[0].text);
    } else if (config == NULL) {
        error_set(error, CKR_HOST_MEMORY, "no memory for the configuration");
    }
    mistake_list_clear(mistakes);
    return config != NULL;
}

bool
config_load(const char *file, struct config **out, struct error *error)
{
    struct mistake_list mistakes = { 0 };
    struct config *config = config_new_from_file(file, &mistakes);

    return config_finish(config, &mistakes, out, error);
}

bool
config_load_text(const char *file, const char *text, size_t length,
                 struct config **out, struct error *error)
{
    struct mistake_list mistakes = { 0 };
    struct config *config = config_new(file, text, length, &mistakes);

    return config_finish(config, &mistakes, out, error);
}

bool
config_check(const char *file, struct config_mistakes *out)
{
    struct mistake_list mistakes = { 0 };
    CLEANUP(config_freep)
    struct config *config = config_new_from_file(file, &mistakes);

    *out = (struct config_mistakes){ 0 };
    if (config != NULL)
        return true;
    mistake_list_sort(&mistakes);
    out->texts = calloc(mistakes.n_items + 1, sizeof(*out->texts));
    for (size_t i = 0; out->texts != NULL && i < mistakes.n_items; i++) {
        out->texts[out->n_texts++] = mistakes.items[i].text;
        mistakes.items[i].text = NULL;
    }
    mistake_list_clear(&mistakes);
    return false;
}

void
config_mistakes_free(struct config_mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->n_texts; i++)
        free(mistakes->texts[i]);
    free(mistakes->texts);
    *mistakes = (struct config_mistakes){ 0 };
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks at the configuration file as time goes by. */
#include "audit/config-watch.h"

#include "audit/fields.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <string.h>

enum {
    LONGEST_FILE = 1024 * 1024,
    PATH_LIMIT = 4096,
    DETAIL_LENGTH = PATH_LIMIT + 512
};

static struct config_state
state_of(const struct config *config)
{
    struct config_state state = { .is_known = config->has_hash };

    if (state.is_known)
        memcpy(state.hash, config->hash, sizeof(state.hash));
    return state;
}

static bool
equals(const struct config_state *a, const struct config_state *b)
{
    return a->is_known == b->is_known &&
           (!a->is_known || memcmp(a->hash, b->hash, sizeof(a->hash)) == 0);
}

static void
put_state(struct fields *fields, const char *name,
          const struct config_state *state)
{
    if (state->is_known)
        fields_hex(fields, name, state->hash, sizeof(state->hash));
    else
        fields_null(fields, name);
}

static bool
write_change(struct audit_log *log, const struct config *config,
             const struct config_state *is, const struct config_state *was,
             bool is_in_use, size_t n_waiting)
{
    char detail[DETAIL_LENGTH];
    struct audit_event event = { .kind = AUDIT_CONFIG, .detail = detail };
    struct fields fields;

    fields_begin(&fields, detail, sizeof(detail) - 1);
    fields_open(&fields, NULL, '{');
    fields_text(&fields, "file", config->file, PATH_LIMIT);
    put_state(&fields, "sha256", is);
    put_state(&fields, "was", was);
    fields_raw(&fields, "in_use", is_in_use ? "true" : "false");
    if (n_waiting > 0)
        fields_number(&fields, "waiting", n_waiting);
    fields_close(&fields, '}');
    detail[fields_length(&fields)] = '\0';
    return audit_log_write_always(log, &event);
}

/* -- A file that changes -------------------------------------------------- */

void
config_watch_begin(struct config_watch *watch, const struct config *config)
{
    watch->config = config;
    watch->known = config;
    watch->last = state_of(config);
}

static bool
is_as_seen(const struct stat *seen, const struct stat *entry)
{
    return seen->st_ino == entry->st_ino && seen->st_dev == entry->st_dev &&
           seen->st_size == entry->st_size &&
           seen->st_mtim.tv_sec == entry->st_mtim.tv_sec &&
           seen->st_mtim.tv_nsec == entry->st_mtim.tv_nsec &&
           seen->st_ctim.tv_sec == entry->st_ctim.tv_sec &&
           seen->st_ctim.tv_nsec == entry->st_ctim.tv_nsec;
}

/* What the file is now; false where that is as before, or not to be known. */
static bool
read_state(struct config_watch *watch, struct config_state *out)
{
    const struct config *config = watch->config;
    const char *path = config->file;
    CLEANUP(freep) char *bytes = NULL;
    struct error error;
    struct stat entry;
    size_t length;

    *out = (struct config_state){ .is_known = false };
    if (stat(path, &entry) != 0) {
        watch->seen = (struct stat){ .st_size = -1 };
        return errno == ENOENT || errno == ENOTDIR;
    }
    if (is_as_seen(&watch->seen, &entry) ||
        !file_read(path, LONGEST_FILE, &bytes, &length, &error) ||
        !crypto_sha256(bytes, length, out->hash))
        return false;
    out->is_known = true;
    watch->seen = entry;
    return true;
}

void
config_watch_look(struct config_watch *watch, struct audit_log *log)
{
    const struct config *config = watch->config;
    struct config_state is, used;

    if (config != watch->known) {
        watch->known = config;
        watch->last = state_of(config);
    }
    if (config->file == NULL || !read_state(watch, &is) ||
        equals(&is, &watch->last))
        return;
    used = state_of(config);
    (void)write_change(log, config, &is, &watch->last, equals(&is, &used), 0);
    watch->last = is;
}

bool
config_watch_take(struct config_watch *watch, const struct config *config,
                  size_t n_waiting, struct audit_log *log, bool denies)
{
    struct config_state is = state_of(config), was = state_of(watch->config);
    bool is_kept =
        write_change(log, config, &is, &was, n_waiting == 0, n_waiting);

    if (!is_kept && denies)
        return false;
    if (n_waiting == 0)
        watch->config = config;
    return true;
}

/* -- Another one at the next start ---------------------------------------- */

/* What the run before had, under the lock of whoever starts and stops. */
static struct config_state before;

void
config_watch_compare(const struct config *config, struct audit_log *log)
{
    struct config_state is = state_of(config);

    if (before.is_known && !equals(&is, &before))
        (void)write_change(log, config, &is, &before, true, 0);
    before = is;
}

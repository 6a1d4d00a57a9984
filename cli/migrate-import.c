/* SPDX-License-Identifier: BSD-3-Clause */
/* The command migrate import: a private key of a file, with its certificates,
 * is brought to a token. */
#include "cli/importing.h"
#include "cli/member-find.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/notice.h"
#include "cli/passphrase.h"
#include "cli/pin.h"
#include "cli/secret-heap.h"
#include "cli/target.h"
#include "common/cleanup.h"
#include "router/migration.h"

/* What is imported, and what the command line gives it. */
struct asked {
    struct key_bundle file;
    struct choice given;
    struct config_pin passphrase;
};

static void
clear_asked(struct asked *asked)
{
    key_bundle_clear(&asked->file);
    choice_clear(&asked->given);
    pin_option_forget(&asked->passphrase);
    config_pin_clear(&asked->passphrase);
}

struct work {
    struct visit *visit;
    struct copying group; /* the members of one */
    struct import_wish wish;
    struct import_target targets[MOST_MEMBERS];
    unsigned n_targets;
    struct report *report;
};

static void
clear_work(struct work *work)
{
    copying_end(&work->group);
    software_close();
    import_wish_clear(&work->wish);
    report_free(work->report);
}

/* -- Where it goes -----------------------------------------------------------
 */

static bool
add_target(struct work *work, unsigned member, struct error *error)
{
    const struct token *token = work->visit->token;
    struct import_target target = { .visit = work->visit,
                                    .member = &token->members[member],
                                    .session = work->visit->session };

    if (token->mode != GROUP_SINGLE) {
        target.group = &work->group;
        target.session = work->group.sessions[member];
    }
    if (!member_is_usable(target.member) || target.session == 0)
        return error_set(error, CKR_DEVICE_REMOVED,
                         "member %u of \"%s\" is not there, or is drained; "
                         "import when it is back",
                         member + 1, token->label);
    work->targets[work->n_targets++] = target;
    return true;
}

/* Nothing else moves objects meanwhile, and what was left half way comes first.
 * Without the old member nobody knows whether it has the key. */
static bool
open_migration(struct work *work, struct error *error)
{
    struct mending mending;

    return (migration_has_left(&work->visit->token->members[MIGRATE_OLD]) ||
            copying_can_be_asked(&work->group, MIGRATE_OLD, error)) &&
           copying_lock(&work->group, error) &&
           copying_mend(&work->group, &mending, error);
}

static bool
open_group(struct work *work, struct error *error)
{
    const struct token *token = work->visit->token;

    if (token->mode == GROUP_SINGLE)
        return true;
    return copying_begin(&work->group, work->visit, error) &&
           (token->mode != GROUP_MIGRATE || open_migration(work, error));
}

static bool
add_named(struct work *work, const char *word, struct error *error)
{
    const struct token *token = work->visit->token;
    const struct config_token *rule = token->rule;
    unsigned index = 0;

    if (token->mode == GROUP_SINGLE || token->mode == GROUP_MIGRATE)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "token \"%s\" is no group, or has a new member that "
                         "gets what is made; leave --member out",
                         token->label);
    if (member_find(rule, word, &index) != 1)
        return error_set(error, CKR_ARGUMENTS_BAD,
                         "no one member of token \"%s\" is called \"%s\"; give "
                         "its number, which \"p11mux group %s\" shows",
                         token->label, word, token->label);
    return add_target(work, index, error);
}

/* On all of them, or on none. */
static bool
add_all(struct work *work, struct error *error)
{
    const struct token *token = work->visit->token;

    for (unsigned i = 0; i < token->n_members; i++)
        if (!add_target(work, i, error))
            return false;
    return true;
}

/* Where applications make what stays (R7.20, R9.3). */
static bool
add_targets(struct work *work, struct error *error)
{
    const struct token *token = work->visit->token;
    const struct config_token *rule = token->rule;
    const char *word = work->visit->request->values[OPTION_MEMBER];

    if (word != NULL)
        return add_named(work, word, error);
    if (token->mode == GROUP_SINGLE)
        return add_target(work, 0, error);
    switch (rule->write) {
    case WRITE_PRIMARY:
        return add_target(work, token_first(token)->index, error);
    case WRITE_REPLICATE:
        return add_all(work, error);
    default:
        return error_set(error, CKR_TOKEN_WRITE_PROTECTED,
                         "token \"%s\" is a group on which nothing is made "
                         "(write = \"refuse\"); import to each of its members, "
                         "with --member",
                         token->label);
    }
}

/* -- What comes of it --------------------------------------------------------
 */

static void
print(const struct work *work)
{
    struct json json = { .stream = stdout };
    const struct visit *visit = work->visit;

    if (!visit->request->is_given[OPTION_JSON]) {
        if (report_count(work->report) > 0)
            report_print_table(work->report, stdout);
        return;
    }
    json_begin_object(&json, NULL);
    json_text(&json, "token", visit->token->label);
    json_number(&json, "slot", visit->token->slot);
    report_write_json(work->report, &json, "objects");
    json_end_object(&json);
}

/* Processes that use the token look again at what is where. */
static void
tell(const struct work *work)
{
    struct notice notice = { .token = work->visit->token };
    struct error error = { .rv = CKR_OK };

    if (notice.token->mode != GROUP_MIGRATE)
        return;
    notice_ask(&notice);
    if (!notice_end(&notice, &error))
        message_error("%s; running processes use the key some seconds later",
                      error.text);
}

/* On all of them, or on none. */
static bool
import_keys_all(struct work *work, struct error *error)
{
    unsigned done = 0;

    while (done < work->n_targets &&
           import_keys(&work->targets[done], &work->wish, work->report, error))
        done++;
    if (done == work->n_targets)
        return true;
    for (unsigned i = 0; i < done; i++)
        import_undo(&work->targets[i], work->report);
    return false;
}

/* What one of them does not take keeps nothing from the others. */
static bool
import_certificates_all(struct work *work, const struct asked *asked,
                        struct error *error)
{
    bool is_done = true;

    for (unsigned i = 0; i < work->n_targets; i++) {
        struct error its = { .rv = CKR_OK };

        if (import_certificates(&work->targets[i], &work->wish,
                                &asked->file.certificates, work->report, &its))
            continue;
        if (!is_done)
            message_error("%s", error->text);
        *error = its;
        is_done = false;
    }
    return is_done;
}

static bool
import_all(struct work *work, const struct asked *asked, struct error *error)
{
    bool is_done;

    work->report = import_report_new(work->visit->token->mode != GROUP_SINGLE);
    if (!import_keys_all(work, error))
        return false;
    is_done = import_certificates_all(work, asked, error);
    tell(work);
    return is_done;
}

static bool
import(struct visit *visit, struct error *error)
{
    CLEANUP(clear_work)
    struct work work = { .visit = visit, .group = { .lock = -1 } };
    const struct asked *asked = visit->asked;
    bool is_done =
        import_wish_make(&asked->file, &asked->given,
                         visit->request->is_given[OPTION_EXTRACTABLE],
                         &work.wish, error) &&
        visit_token(visit, visit->request->values[OPTION_COPY_TO], true,
                    error) &&
        open_group(&work, error) && add_targets(&work, error) &&
        import_wish_adopt(&work.wish, visit, &asked->given, error) &&
        software_open(asked->file.key, &work.wish.wish, error) &&
        import_all(&work, asked, error);

    secret_heap_leave_registers();
    if (work.report != NULL)
        print(&work);
    return is_done;
}

/* -- What is imported --------------------------------------------------------
 */

static bool
read_certificates(const struct request *request, struct key_bundle *file,
                  struct error *error)
{
    for (size_t i = 0; i < request->n_given; i++)
        if (request->given[i].option == OPTION_CERTIFICATE &&
            !certificate_file_read(request->given[i].value, &file->certificates,
                                   error))
            return false;
    return true;
}

static bool
read_key(const struct request *request, struct asked *asked,
         struct error *error)
{
    const char *path = request->values[OPTION_KEY_FILE];
    const struct config_pin *source =
        request->is_given[OPTION_PASSPHRASE] ? &asked->passphrase : NULL;
    bool is_read = key_bundle_read(path, source, &asked->file, error) &&
                   read_certificates(request, &asked->file, error);

    pin_option_forget(&asked->passphrase);
    secret_heap_leave_registers();
    return is_read;
}

/* What is wrong with the command line is said. */
static bool
read_options(const struct request *request, struct asked *asked)
{
    const char *source = request->values[OPTION_PASSPHRASE];
    struct error error = { .rv = CKR_OK };

    if (!choice_read(request, &asked->given))
        return false;
    if (request->is_given[OPTION_KEY_FILE] && request->is_given[OPTION_COPY_TO])
        return source == NULL ||
               pin_option_parse("passphrase", source, &asked->passphrase,
                                &error) ||
               (message_error("%s", error.text), false);
    message_error("migrate import: say which file has the key and which token "
                  "gets it, with --key and --to");
    return false;
}

static enum status
run(const struct request *request, struct asked *asked)
{
    struct error error = { .rv = CKR_OK };
    enum status status = STATUS_WRONG;

    if (!read_options(request, asked))
        return STATUS_USAGE;
    if (!crypto_open(&error)) {
        message_error("%s", error.text);
        return STATUS_WRONG;
    }
    if (read_key(request, asked, &error))
        status = visit_run(request, import, asked);
    else
        message_error("%s", error.text);
    clear_asked(asked);
    crypto_close();
    return status;
}

enum status
cmd_migrate_import(const struct request *request)
{
    struct asked asked = { .file = { .key = NULL } };
    struct error error = { .rv = CKR_OK };
    enum status status;

    if (!secret_heap_begin(&error)) {
        message_error("%s", error.text);
        return STATUS_WRONG;
    }
    status = run(request, &asked);
    secret_heap_end();
    return status;
}

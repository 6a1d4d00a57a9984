/* SPDX-License-Identifier: BSD-3-Clause */
/* A command of the tool: one row of a table, and the function that runs it. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct request;

/* Of the tool as a whole, as in the man page. */
enum status {
    STATUS_FINE = 0,
    STATUS_WRONG = 1, /* something is not as it should be */
    STATUS_USAGE = 2  /* the command line is not understood */
};

struct command {
    const char *name;
    const char *operands; /* as shown: "[FILE]", or "" */
    int fewest_operands;
    int most_operands;
    uint64_t options;  /* OPTION_BIT of each that it takes */
    const char *help;  /* what it does, in one line */
    const char *about; /* the rest, in a few lines that end with "\n" */
    const char *wrong; /* when it ends with STATUS_WRONG */
    enum status (*run)(const struct request *request);
};

/* Every command, in the order in which they are listed. */
extern const struct command commands[];
extern const size_t n_commands;

/* The one whose name is the first word, or both; NULL: there is none. The
 * second may be NULL. */
const struct command *command_find(const char *first, const char *second);

/* Of how many words its name is. */
int command_count_words(const struct command *command);

/* Whether the names of some commands begin with this word and have another
 * one. */
bool command_is_family(const char *word);

/* The one whose name is nearest to a misspelt one, or NULL. */
const char *command_nearest(const char *name);

enum status cmd_check(const struct request *request);
enum status cmd_slots(const struct request *request);
enum status cmd_modules(const struct request *request);
enum status cmd_group(const struct request *request);
enum status cmd_group_sync(const struct request *request);
enum status cmd_group_drain(const struct request *request);
enum status cmd_group_resume(const struct request *request);
enum status cmd_group_promote(const struct request *request);
enum status cmd_objects(const struct request *request);
enum status cmd_login(const struct request *request);
enum status cmd_status(const struct request *request);
enum status cmd_doctor(const struct request *request);
enum status cmd_audit_keygen(const struct request *request);
enum status cmd_audit_checkpoint(const struct request *request);
enum status cmd_audit_verify(const struct request *request);
enum status cmd_audit_prove(const struct request *request);
enum status cmd_audit_rotate(const struct request *request);
enum status cmd_audit_check_proof(const struct request *request);
enum status cmd_audit_show(const struct request *request);
enum status cmd_audit_report(const struct request *request);
enum status cmd_audit_stats(const struct request *request);
enum status cmd_certs_list(const struct request *request);
enum status cmd_certs_add(const struct request *request);
enum status cmd_certs_export(const struct request *request);
enum status cmd_certs_remove(const struct request *request);
enum status cmd_certs_capacity(const struct request *request);
enum status cmd_certs_rebalance(const struct request *request);
enum status cmd_certs_copy(const struct request *request);
enum status cmd_certs_migrate(const struct request *request);
enum status cmd_certs_verify(const struct request *request);
enum status cmd_migrate_plan(const struct request *request);
enum status cmd_migrate_run(const struct request *request);
enum status cmd_migrate_status(const struct request *request);
enum status cmd_migrate_verify(const struct request *request);
enum status cmd_migrate_rollback(const struct request *request);
enum status cmd_migrate_finish(const struct request *request);
enum status cmd_migrate_import(const struct request *request);
enum status cmd_pause(const struct request *request);
enum status cmd_reconnect(const struct request *request);
enum status cmd_resume(const struct request *request);
enum status cmd_reload(const struct request *request);
enum status cmd_help(const struct request *request);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* Examinations, for check and doctor: each looks at one side of things and
 * adds what it finds. None changes anything. */
#ifndef CLI_EXAMINE_H
#define CLI_EXAMINE_H

#include "cli/finding.h"
#include "cli/survey.h"
#include "config/config.h"

/* The mistakes of a file. Returns whether there is none. */
bool examine_file(const char *file, struct findings *findings);

/* Whether the messages of applications get where they should, and whether
 * this user can keep what p11mux keeps. */
void examine_places(const struct config *config, struct findings *findings);

/* Whether the audit log has checkpoints that prove something. */
void examine_checkpoints(const struct config *config,
                         struct findings *findings);

/* Whether this user can read the PINs that the configuration names. */
void examine_pins(const struct config *config, struct findings *findings);

/* Modules that are down, with `severity`; critical ones are a problem, those
 * that only p11-kit asks for a warning at most. */
void examine_modules(const struct survey *survey, enum severity severity,
                     struct findings *findings);

/* Rules and tokens that do not fit together; a rule without a token is said
 * with `severity`. */
void examine_rules(const struct survey *survey, enum severity severity,
                   struct findings *findings);

/* The token folders of SoftHSM: those that cannot be read with `severity`. */
void examine_softhsm(const struct survey *survey, enum severity severity,
                     struct findings *findings);

/* For doctor alone. */

/* Which file applies here and elsewhere; `file` is the one in use or NULL. */
void examine_choice(const char *file, struct findings *findings);

/* Whether the store of certificates can be used; one that is not there yet is
 * not made. */
void examine_store(const struct config *config, struct findings *findings);

/* Who may change the modules, and what their settings name. */
void examine_settings(const struct survey *survey, struct findings *findings);

/* Modules that are up and show nothing. */
void examine_services(const struct survey *survey, struct findings *findings);

/* Tokens that are paused, and a control page that nobody obeys. */
void examine_control(const struct config *config, struct findings *findings);

/* Copies between members of groups that were left half way. */
void examine_copies(const struct config *config, struct findings *findings);

/* PINs, limits and states of the tokens in the slots. */
void examine_tokens(const struct survey *survey, struct findings *findings);

/* What p11mux itself has left on tokens whose certificates overflow. */
void examine_probes(const struct survey *survey, struct findings *findings);

/* How p11mux and its modules are registered with p11-kit; without a survey
 * only p11mux. */
void examine_p11_kit(const struct survey *survey, struct findings *findings);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* A session with a token that a command is about, logged in where the command
 * line says so. */
#ifndef CLI_VISIT_H
#define CLI_VISIT_H

#include "cli/request.h"
#include "common/cryptoki.h"
#include "common/error.h"
#include "config/config.h"
#include "router/token.h"

struct visit {
    const struct request *request;
    const void *asked;            /* what the command has made of it; lent */
    struct config_pin pin_source; /* of --pin-source */
    const struct token *token;
    CK_TOKEN_INFO info;
    CK_SESSION_HANDLE session;
    bool is_logged_in;
    bool is_guest; /* never logs in */
};

/*
 * Starts the modules, does the work, and stops them. What the work puts into
 * `error` is said; without a text there, it has said itself what is wrong.
 */
typedef bool visit_work(struct visit *visit, struct error *error);
enum status visit_run(const struct request *request, visit_work *work,
                      const void *asked);

/* The token with this label or slot, with a session that may write or not. May
 * be called again for another one. */
bool visit_token(struct visit *visit, const char *name, bool may_write,
                 struct error *error);

/* The same with a token that was found. */
bool visit_open(struct visit *visit, const struct token *token, bool may_write,
                struct error *error);

/*
 * Does the work for each token that is there and initialised. One where it
 * fails is said, and the others are looked at all the same: false then.
 */
typedef bool visit_token_work(struct visit *visit, const struct token *token,
                              void *context, struct error *error);
bool visit_all(struct visit *visit, visit_token_work *work, void *context);

/* target_fail, with a word on what a login would change. */
bool visit_fail(const struct visit *visit, const char *function, CK_RV rv,
                struct error *error);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All tokens of one C_Initialize as one slot list: the configured ones
 * always, in their order, then those that no rule names (section 6).
 */
#ifndef ROUTER_SLOT_LIST_H
#define ROUTER_SLOT_LIST_H

#include "backends/backend.h"
#include "common/clock.h"
#include "router/token.h"

struct slot_list;

/*
 * The tokens of the configuration, none of them anywhere yet. Lends
 * `config` and `backends` for its life. False: no memory.
 */
bool slot_list_new(const struct config *config, struct backend_set *backends,
                   bool may_create_threads, struct slot_list **out,
                   struct error *error);

/* Lends the configuration that it was made from. */
const struct config *slot_list_config(const struct slot_list *list);

/* From now on no thread is made to look at modules (R3.37). */
void slot_list_forbid_threads(struct slot_list *list);

/* Wakes who waits for events: they leave with CKR_CRYPTOKI_NOT_INITIALIZED
 * (R6.16). */
void slot_list_stop(struct slot_list *list);

/* False when a thread is still inside a module after `wait_ms`: then the
 * list is leaked. */
bool slot_list_free(struct slot_list *list, uint64_t wait_ms);

/*
 * Looks at all modules and puts the tokens where they were seen. False when
 * a rule fits two tokens, or two rules fit one: both are named. While
 * running, that takes the member down and is logged (R6.2).
 */
bool slot_list_scan(struct slot_list *list, struct deadline until,
                    struct error *error);

/* The same, but only when the last look is older than slot_refresh; also
 * tries modules again that are down. Errors are logged. */
void slot_list_refresh(struct slot_list *list);

/* The same now, whenever the last one was. */
void slot_list_look(struct slot_list *list);

/* Nobody looks at the module's slots until it is let go; false: somebody is
 * inside it for that, and nothing is held. */
bool slot_list_hold(const struct slot_list *list,
                    const struct backend *backend);
void slot_list_let_go(const struct slot_list *list,
                      const struct backend *backend);

/* What a token is called where no slot numbers are: its label in the
 * configuration, or what it is (slot_identity). The caller frees it; NULL: no
 * memory. */
char *slot_list_name(struct slot_list *list, const struct token *token);

/* The token of a slot, or NULL, also where it was removed. Takes no lock. */
struct token *slot_list_find(const struct slot_list *list, CK_SLOT_ID slot);

size_t slot_list_count(const struct slot_list *list);
struct token *slot_list_at(const struct slot_list *list, size_t index);

/* C_GetSlotList (R6.3, R6.4). */
CK_RV slot_list_get(struct slot_list *list, bool only_present,
                    CK_SLOT_ID *slots, CK_ULONG *count);

/* C_WaitForSlotEvent (R6.14 to R6.16). */
CK_RV slot_list_wait(struct slot_list *list, CK_FLAGS flags, CK_SLOT_ID *out);

/* What the last scan saw of a token: false when it is not present. */
bool slot_list_seen(struct slot_list *list, struct token *token,
                    CK_SLOT_INFO *slot_info, CK_TOKEN_INFO *info);

/* Lays a group's texts over what a member says of itself (R6.9). */
void slot_list_lay(struct slot_list *list, struct token *token,
                   CK_TOKEN_INFO *out);

/* What the last scan saw of one member; zeroes where none has seen it. */
void slot_list_recall(struct slot_list *list, const struct member *member,
                      CK_TOKEN_INFO *out);

/* Whether the token that a member's slot shows `now` is not the one that the
 * last scan saw there (R6.18). */
bool slot_list_sees_another(struct slot_list *list, const struct member *member,
                            const struct member_place *place,
                            const CK_TOKEN_INFO *now);

/* What every module showed in the last scan, also what is in no slot here. The
 * caller frees *out. False: no memory. */
struct seen_token;
bool slot_list_seen_all(struct slot_list *list, struct seen_token **out,
                        size_t *n_out);

/* Why a member of the token is down, as one sentence; "" when it is up. */
void slot_list_trouble(struct slot_list *list, const struct token *token,
                       char out[ERROR_TEXT_LENGTH]);

/*
 * After C_InitToken: the token stays bound to its backend slot though label
 * and serial have changed and its rule may fit no more (R6.20).
 */
void slot_list_keep(struct slot_list *list, struct token *token);

/* Keeps the numbers of tokens that no rule names in the state directory. */
bool slot_list_save_numbers(struct slot_list *list, struct error *error);

#endif

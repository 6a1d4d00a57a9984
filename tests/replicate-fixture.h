/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A group that writes on all of its members: SoftHSM twice, once behind the
 * fault module. What cannot be set up fails the test.
 */
#ifndef TESTS_REPLICATE_FIXTURE_H
#define TESTS_REPLICATE_FIXTURE_H

#include "tests/fixture.h"

struct replicate_setting {
    const char *second;   /* token behind the fault module; NULL: "two" */
    bool is_reversed;     /* that one is the first member */
    bool has_third;       /* "three", behind it as well */
    const char *mode;     /* NULL: "failover" */
    const char *of_group; /* keys of the group, or NULL */
    const char *of_both;  /* keys of both modules, or NULL */
    const char *of_other; /* keys of that one, or NULL */
    const char *script;   /* of the fault module, before it starts */
};

/* The tokens and the configuration; and p11mux.so with a user logged in. */
void replicate_prepare(const struct replicate_setting *setting);
void replicate_start(const struct replicate_setting *setting);
void replicate_finish(void);

/* C_Initialize, and a R/W session; with the user. */
void replicate_open(void);
void replicate_log_in(void);
CK_RV replicate_try_login(void);

/* Adds rules to the fault module, and takes all away. */
void replicate_fault(const char *script);
void replicate_heal(void);

/* How often a function of that module was called. */
unsigned long replicate_count_calls(const char *function);

extern const CK_FUNCTION_LIST_3_2 *replicate_list;
extern CK_SESSION_HANDLE replicate_session;
extern CK_BBOOL replicate_yes, replicate_no;

/* On the group: an EC pair "pair", an AES key "secret", a data object "data".
 */
CK_RV replicate_make_pair(CK_BBOOL *extractable, CK_OBJECT_HANDLE *private_key);
CK_RV replicate_make_secret(CK_BBOOL *is_token);
CK_RV replicate_make_data(CK_OBJECT_HANDLE *out);
/* The data object, in a thread of its own; *out is its CK_RV. */
void *replicate_make_in_thread(void *out);

CK_RV replicate_set_label(CK_OBJECT_HANDLE object, const char *label);

/* How many of that label the group shows; then how many each member has, with
 * what serves ended: private keys sign there. */
void replicate_expect_count(const char *label, CK_ULONG count);
void replicate_expect_on_each(const char *label, CK_ULONG count);

/* The same, where they do not have the same: one number for each of them. */
void replicate_expect_on(const char *label, const CK_ULONG *counts);
void replicate_count_on(const char *label, CK_ULONG *out);

/* Files of copies that are being made, or were left. */
size_t replicate_count_journal(void);

/* Whether the log has these words. */
bool replicate_has_said(const char *words);

#endif

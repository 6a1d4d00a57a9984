/* SPDX-License-Identifier: BSD-3-Clause */
/* Which token that was seen is which member (R6.2, R6.18, R6.20). */
#include "router/placement.h"

#include "common/text.h"
#include "tests/toy.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MOST = 4 };

static struct config_member rules[MOST];
static struct config_token token_rules[MOST];
static struct token *tokens[MOST];
static size_t n_tokens;
static struct backend *backend;
static struct seen_token seen[MOST];
static size_t n_seen;
static struct placement placements[MOST];
static struct error error;
static const char *file;

static struct backend *
new_backend(enum config_serial serial)
{
    struct profile profile;

    profile_resolve("generic", NULL, NULL, NULL, NULL, &profile);
    profile.settings.serial = serial;
    return backend_new_list("module", &toy_functions, &profile);
}

static void
setup(void)
{
    toy_reset();
    backend = new_backend(SERIAL_REAL);
}

static void
finish(void)
{
    for (size_t i = 0; i < n_tokens; i++)
        token_free(tokens[i]);
    backend_free(backend);
}

TestSuite(placement, .init = setup, .fini = finish);

/* A token whose only member is the token with this label. */
static struct member *
add_rule(const char *name)
{
    static char labels[MOST][8];
    size_t i = n_tokens++;
    char *label = labels[i];

    cr_assert_lt(strlen(name), sizeof(labels[i]));
    strcpy(label, name);
    rules[i] = (struct config_member){
        .match = { .uri = label, .label = label },
    };
    token_rules[i] = (struct config_token){ .label = label,
                                            .members = &rules[i],
                                            .n_members = 1 };
    tokens[i] = token_new(i + 1, label, &token_rules[i], 1);
    return &tokens[i]->members[0];
}

static struct seen_token *
see(const char *label, const char *serial, CK_SLOT_ID slot)
{
    struct seen_token *its = &seen[n_seen++];

    *its = (struct seen_token){ .backend = backend, .slot = slot };
    text_pad(its->info.label, sizeof(its->info.label), label);
    text_pad(its->info.serialNumber, sizeof(its->info.serialNumber), serial);
    text_pad(its->info.manufacturerID, sizeof(its->info.manufacturerID), "m");
    text_pad(its->info.model, sizeof(its->info.model), "m");
    return its;
}

static bool
apply(void)
{
    error = (struct error){ .rv = CKR_OK };
    return placement_apply(file, tokens, n_tokens, seen, n_seen, placements,
                           &error);
}

static bool
is_at(const struct member *member, CK_SLOT_ID slot)
{
    return member_is_usable(member) && atomic_load(&member->slot) == slot &&
           atomic_load(&member->backend) == backend;
}

static uint32_t
epoch_of(const struct member *member)
{
    return atomic_load(&member->epoch);
}

/* -- Rules ---------------------------------------------------------------- */

Test(placement, each_member_is_where_its_rule_fits)
{
    struct member *a = add_rule("a"), *b = add_rule("b"), *c = add_rule("c");

    see("b", "1", 11);
    see("x", "2", 12);
    see("a", "3", 13);
    cr_assert(apply());
    cr_assert(is_at(a, 13));
    cr_assert(is_at(b, 11));
    cr_assert_not(member_is_usable(c));
    cr_assert_eq(placements[0].member, b);
    cr_assert_null(placements[1].member, "no rule names it");
    cr_assert_eq(placements[2].member, a);
    cr_assert_null(c->trouble, "to be away is no mistake");
}

Test(placement, a_rule_is_for_its_own_module)
{
    static const struct config_module other;
    struct member *a = add_rule("a");

    rules[0].module = &other;
    see("a", "1", 11);
    cr_assert(apply());
    cr_assert_not(member_is_usable(a));
}

Test(placement, slot_and_serial_tell_tokens_with_one_label_apart)
{
    static char serial[] = "1";
    struct member *a = add_rule("a"), *b = add_rule("a");

    rules[0].match.has_slot_id = true;
    rules[0].match.slot_id = 12;
    rules[1].match.serial = serial;
    see("a", "1", 11);
    see("a", "2", 12);
    cr_assert(apply());
    cr_assert(is_at(a, 12));
    cr_assert(is_at(b, 11));
}

Test(placement, a_rule_that_fits_two_takes_neither_and_names_both)
{
    struct member *a = add_rule("a"), *b = add_rule("b");

    see("a", "one", 11);
    see("b", "two", 12);
    see("a", "three", 13);
    cr_assert_not(apply());
    cr_assert_eq(error.rv, CKR_GENERAL_ERROR);
    cr_assert_not_null(strstr(error.text, "\"a\" (module module, slot-id 11, "
                                          "serial \"one\")"),
                       "%s", error.text);
    cr_assert_not_null(strstr(error.text, "slot-id 13, serial \"three\""));
    cr_assert_not_null(strstr(error.text, "add serial= or slot-id="));
    cr_assert_not(member_is_usable(a));
    cr_assert_str_eq(a->trouble, error.text);
    cr_assert(is_at(b, 12), "others have nothing to do with it");
}

Test(placement, two_rules_that_fit_one_leave_it_to_the_first_and_name_both)
{
    struct member *a = add_rule("a"), *b = add_rule("b");

    rules[1].match.label = NULL;
    see("a", "one", 11);
    cr_assert_not(apply());
    cr_assert_not_null(strstr(error.text, "tokens \"a\" and \"b\""), "%s",
                       error.text);
    cr_assert_not_null(strstr(error.text, "slot-id 11"));
    cr_assert(is_at(a, 11));
    cr_assert_not(member_is_usable(b));
    cr_assert_null(a->trouble);
    cr_assert_not_null(b->trouble);
}

Test(placement, of_several_mistakes_the_first_is_told_and_each_is_kept)
{
    struct member *a = add_rule("a"), *b = add_rule("b");

    see("a", "1", 11);
    see("a", "2", 12);
    see("b", "3", 13);
    see("b", "4", 14);
    cr_assert_not(apply());
    cr_assert_str_eq(error.text, a->trouble);
    cr_assert_not_null(strstr(b->trouble, "slot-id 14"));
    cr_assert_not(placement_apply(file, tokens, n_tokens, seen, n_seen,
                                  placements, NULL));
}

Test(placement, a_mistake_says_in_which_line_the_rule_is)
{
    struct member *a = add_rule("a");

    rules[0].line = 17;
    see("a", "1", 11);
    see("a", "2", 12);
    cr_assert_not(apply());
    cr_assert_eq(strncmp(error.text, "token \"a\": ", 11), 0, "%s", error.text);
    file = "p11mux.conf";
    cr_assert_not(apply());
    cr_assert_eq(strncmp(error.text, "p11mux.conf:17: token \"a\": ", 27), 0,
                 "%s", error.text);
    cr_assert_str_eq(a->trouble, error.text);
}

Test(placement, trouble_ends_when_the_rule_is_clear_again)
{
    struct member *a = add_rule("a");

    see("a", "1", 11);
    see("a", "2", 12);
    cr_assert_not(apply());
    n_seen = 1;
    cr_assert(apply());
    cr_assert(is_at(a, 11));
    cr_assert_null(a->trouble);
    n_seen = 2;
    cr_assert_not(apply());
    n_seen = 0;
    cr_assert(apply());
    cr_assert_null(a->trouble);
}

/* -- Lives ---------------------------------------------------------------- */

Test(placement, a_token_that_was_away_goes_on_with_its_life)
{
    struct member *a = add_rule("a");
    uint32_t before;

    see("a", "1", 11);
    cr_assert(apply());
    before = epoch_of(a);
    cr_assert(apply());
    n_seen = 0;
    cr_assert(apply());
    cr_assert_not(member_is_usable(a));
    n_seen = 1;
    cr_assert(apply());
    cr_assert(is_at(a, 11));
    cr_assert_eq(epoch_of(a), before);
}

Test(placement, a_member_that_is_down_is_not_well_because_it_is_seen)
{
    struct member *a = add_rule("a");

    see("a", "1", 11);
    cr_assert(apply());
    member_fail(a, NULL, CKR_DEVICE_REMOVED);
    cr_assert_not(member_is_usable(a));
    cr_assert(apply());
    cr_assert_not(member_is_usable(a));
    member_recover(a);
    cr_assert(member_is_usable(a));
}

Test(placement, another_place_is_another_life)
{
    struct member *a = add_rule("a");
    uint32_t before;

    see("a", "1", 11);
    cr_assert(apply());
    before = epoch_of(a);
    seen[0].slot = 12;
    cr_assert(apply());
    cr_assert(is_at(a, 12));
    cr_assert_neq(epoch_of(a), before);
}

Test(placement, another_token_in_the_slot_is_another_life)
{
    struct member *a = add_rule("a");
    uint32_t before;

    see("a", "1", 11);
    cr_assert(apply());
    before = epoch_of(a);
    n_seen = 0;
    cr_assert(apply());
    see("a", "2", 11);
    cr_assert(apply());
    cr_assert(is_at(a, 11));
    cr_assert_neq(epoch_of(a), before, "the serial is another (R6.18)");
}

Test(placement, where_serials_are_not_real_the_other_texts_tell)
{
    struct member *a = add_rule("a");
    uint32_t before;

    rules[0].match.label = NULL;
    backend_free(backend);
    backend = new_backend(SERIAL_CONSTANT);
    see("a", "1", 11);
    cr_assert(apply());
    before = epoch_of(a);
    n_seen = 0;
    see("a", "2", 11);
    cr_assert(apply());
    cr_assert_eq(epoch_of(a), before);
    n_seen = 0;
    see("b", "2", 11);
    cr_assert(apply());
    cr_assert_neq(epoch_of(a), before);
}

/* -- After C_InitToken (R6.20) -------------------------------------------- */

Test(placement, initialised_it_stays_in_its_place_under_any_name)
{
    struct member *a = add_rule("a");
    uint32_t before;

    see("a", "1", 11);
    cr_assert(apply());
    before = epoch_of(a);
    a->keep = KEEP_WHAT_COMES;
    n_seen = 0;
    see("new", "2", 11);
    see("x", "3", 12);
    cr_assert(apply());
    cr_assert(is_at(a, 11));
    cr_assert_eq(placements[0].member, a);
    cr_assert_eq(epoch_of(a), before);
    cr_assert(apply());
    cr_assert(is_at(a, 11), "also when it is looked at again");
}

Test(placement, what_is_put_there_later_is_not_taken_for_it)
{
    struct member *a = add_rule("a");

    see("a", "1", 11);
    cr_assert(apply());
    a->keep = KEEP_WHAT_COMES;
    n_seen = 0;
    see("new", "2", 11);
    cr_assert(apply());
    n_seen = 0;
    see("strange", "3", 11);
    cr_assert(apply());
    cr_assert_not(member_is_usable(a));
    cr_assert_null(placements[0].member);
    n_seen = 0;
    see("new", "2", 11);
    cr_assert(apply());
    cr_assert(is_at(a, 11), "it has come back");
}

Test(placement, a_token_that_fits_the_rule_goes_before_one_that_is_kept)
{
    struct member *a = add_rule("a");

    see("a", "1", 11);
    cr_assert(apply());
    a->keep = KEEP_WHAT_COMES;
    n_seen = 0;
    see("new", "2", 11);
    see("a", "3", 12);
    cr_assert(apply());
    cr_assert(is_at(a, 12));
    cr_assert_eq(a->keep, KEEP_NOT);
}

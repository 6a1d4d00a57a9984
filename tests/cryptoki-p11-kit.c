/* SPDX-License-Identifier: BSD-3-Clause */
/* PKCS#11 as p11-kit's header has it. Never include our header here. */
#include <p11-kit/pkcs11.h>

#include "tests/cryptoki-facts.h"

static const struct constant_fact constants[] = {
#define CONSTANT(name) { #name, name },
#include "tests/cryptoki-facts.def"
};

static const struct member_fact members[] = {
#define MEMBER(structure, member)                                              \
    { #structure, #member, sizeof(structure), offsetof(structure, member),     \
      sizeof(((structure *)NULL)->member) },
#define FUNCTION_2_40(name) MEMBER(CK_FUNCTION_LIST, name)
#include "tests/cryptoki-facts.def"
};

const struct facts facts_of_p11_kit = {
    .constants = constants,
    .members = members,
    .n_constants = sizeof(constants) / sizeof(constants[0]),
    .n_members = sizeof(members) / sizeof(members[0]),
};

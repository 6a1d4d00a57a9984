/* SPDX-License-Identifier: BSD-3-Clause */
/* PKCS#11 as our header has it. Never include p11-kit's header here. */
#include "common/cryptoki.h"
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

const struct facts facts_of_ours = {
    .constants = constants,
    .members = members,
    .n_constants = sizeof(constants) / sizeof(constants[0]),
    .n_members = sizeof(members) / sizeof(members[0]),
};

enum place {
#define FUNCTION_2_40(name) PLACE_##name,
#define FUNCTION_3_0(name)  PLACE_##name,
#define FUNCTION_3_2(name)  PLACE_##name,
#include "tests/cryptoki-facts.def"
    N_PLACES
};

_Static_assert(N_PLACES == 104, "the standard has 104 functions");

struct function_list {
    CK_VERSION version;
    CK_C_Initialize functions[N_PLACES];
};

#define SIZE_OF_LIST(n) offsetof(struct function_list, functions[n])
_Static_assert(sizeof(CK_FUNCTION_LIST) == SIZE_OF_LIST(68), "2.40 has 68");
_Static_assert(sizeof(CK_FUNCTION_LIST_3_0) == SIZE_OF_LIST(92), "3.0 has 92");
_Static_assert(sizeof(CK_FUNCTION_LIST_3_2) == SIZE_OF_LIST(104),
               "3.2 has 104");

#define IN_PLACE(list, name)                                                   \
    _Static_assert(offsetof(list, name) == SIZE_OF_LIST(PLACE_##name),         \
                   #name " is out of place in " #list);
#define FUNCTION_2_40(name)                                                    \
    IN_PLACE(CK_FUNCTION_LIST, name)                                           \
    IN_PLACE(CK_FUNCTION_LIST_3_0, name)                                       \
    IN_PLACE(CK_FUNCTION_LIST_3_2, name)
#define FUNCTION_3_0(name)                                                     \
    IN_PLACE(CK_FUNCTION_LIST_3_0, name)                                       \
    IN_PLACE(CK_FUNCTION_LIST_3_2, name)
#define FUNCTION_3_2(name) IN_PLACE(CK_FUNCTION_LIST_3_2, name)
#include "tests/cryptoki-facts.def"

/* SPDX-License-Identifier: BSD-3-Clause */
/* Every function of a list, with zeros for its arguments. */
#include "tests/differential/ask.h"

#define IGNORED(name, arguments)

void
ask_all_2_40(struct talk *talk, CK_SESSION_HANDLE session)
{
    const CK_FUNCTION_LIST *list = talk->list;
    CK_SLOT_ID slot = talk->slot;

#define ZERO_2_40(name, arguments)                                             \
    (void)talk_result(talk, #name, list->name arguments);
#define ZERO_3_0 IGNORED
#define ZERO_3_2 IGNORED
#include "tests/differential/zeros.def"
#undef ZERO_2_40
#undef ZERO_3_0
#undef ZERO_3_2
}

static void
ask_all_3_0(struct talk *talk, CK_SESSION_HANDLE session)
{
    const CK_FUNCTION_LIST_3_0 *list = talk->module->list_3_0;

#define ZERO_2_40 IGNORED
#define ZERO_3_0(name, arguments)                                              \
    (void)(list == NULL ? talk_absent(talk, #name)                             \
                        : talk_result(talk, #name, list->name arguments));
#define ZERO_3_2 IGNORED
#include "tests/differential/zeros.def"
#undef ZERO_2_40
#undef ZERO_3_0
#undef ZERO_3_2
}

static void
ask_all_3_2(struct talk *talk, CK_SESSION_HANDLE session)
{
    const CK_FUNCTION_LIST_3_2 *list = talk->module->list_3_2;

#define ZERO_2_40 IGNORED
#define ZERO_3_0  IGNORED
#define ZERO_3_2(name, arguments)                                              \
    (void)(list == NULL ? talk_absent(talk, #name)                             \
                        : talk_result(talk, #name, list->name arguments));
#include "tests/differential/zeros.def"
#undef ZERO_2_40
#undef ZERO_3_0
#undef ZERO_3_2
}

void
ask_all_3(struct talk *talk, CK_SESSION_HANDLE session)
{
    ask_all_3_0(talk, session);
    ask_all_3_2(talk, session);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* What a token says that has no room for a certificate (SEMANTICS 8.1). */
#ifndef ROUTER_ROOM_H
#define ROUTER_ROOM_H

#include "common/cryptoki.h"

#include <stdint.h>

enum room_class {
    ROOM_IS_NO_MATTER, /* it is about something else */
    ROOM_IS_NONE,      /* none is left */
    ROOM_IS_NOT_KIND,  /* none for this one */
    ROOM_IS_AMBIGUOUS  /* that, or the token is not well */
};

/* The class of a return code among those that count, 1 << enum
 * config_room_error each. */
enum room_class room_class_of(uint64_t room_errors, CK_RV rv);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* Return codes that may mean that there is no room. */
#include "router/room.h"

#include "config/config.h"

#include <stddef.h>

#define CLASS_NONE      ROOM_IS_NONE
#define CLASS_KIND      ROOM_IS_NOT_KIND
#define CLASS_AMBIGUOUS ROOM_IS_AMBIGUOUS

static const struct {
    CK_RV rv;
    enum config_room_error bit;
    enum room_class its_class;
} rooms[] = {
#define ROOM_ERROR(name, its_class)                                            \
    { CKR_##name, ROOM_##name, CLASS_##its_class },
#include "config/room-errors.def"
#undef ROOM_ERROR
};

enum room_class
room_class_of(uint64_t room_errors, CK_RV rv)
{
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
        if (rooms[i].rv == rv)
            return (room_errors >> rooms[i].bit & 1) != 0 ? rooms[i].its_class
                                                          : ROOM_IS_NO_MATTER;
    return ROOM_IS_NO_MATTER;
}

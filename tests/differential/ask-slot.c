/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls on the module, its slots and tokens. */
#include "common/names.h"
#include "tests/differential/ask.h"
#include "tests/differential/symbol.h"

#include <stdlib.h>
#include <string.h>

CK_RV
ask_initialize(struct talk *talk, CK_C_INITIALIZE_ARGS *arguments)
{
    return talk_result(talk, "C_Initialize",
                       talk->list->C_Initialize(arguments));
}

void
ask_start(struct talk *talk)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };

    arguments.pReserved = bytes_text(talk->reserved).at;
    if (*talk->reserved == '\0')
        arguments.pReserved = NULL;
    talk_step(talk, "start %u", ++talk->n_starts);
    if (ask_initialize(talk, &arguments) != CKR_OK)
        fixture_fail("%s cannot be initialised", talk->module->path);
    talk->slot = find_slot(talk, TALK_TOKEN);
}

CK_RV
ask_finalize(struct talk *talk, void *reserved)
{
    return talk_result(talk, "C_Finalize", talk->list->C_Finalize(reserved));
}

CK_RV
ask_info(struct talk *talk)
{
    CK_INFO info;
    CK_RV rv = talk->list->C_GetInfo(&info);

    talk_begin(talk, "C_GetInfo", rv);
    if (rv == CKR_OK) {
        talk_add(talk, "%u.%u", info.cryptokiVersion.major,
                 info.cryptokiVersion.minor);
        talk_add_text(talk, info.manufacturerID, sizeof(info.manufacturerID));
        talk_add_text(talk, info.libraryDescription,
                      sizeof(info.libraryDescription));
    }
    talk_end(talk);
    return rv;
}

/* -- Slots ---------------------------------------------------------------- */

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In an order that is not the module's. */
static void
add_slots(struct talk *talk, const CK_SLOT_ID *slots, CK_ULONG count)
{
    const char *names[16];

    for (CK_ULONG i = 0; i < count; i++)
        names[i] = symbol_slot(talk, slots[i]);
    qsort(names, count, sizeof(names[0]), compare_texts);
    for (CK_ULONG i = 0; i < count; i++)
        talk_add(talk, "%s", names[i]);
}

CK_RV
ask_slot_list(struct talk *talk, CK_BBOOL present, long room, bool is_shown)
{
    CK_SLOT_ID slots[16];
    CK_ULONG count = room < 0 ? 0 : (CK_ULONG)room;
    CK_RV rv;

    memset(slots, 0xA5, sizeof(slots));
    rv = talk->list->C_GetSlotList(present, room < 0 ? NULL : slots, &count);
    talk_begin(talk, "C_GetSlotList", rv);
    talk_add(talk, "%lu", count);
    if (rv == CKR_OK && room >= 0 && is_shown)
        add_slots(talk, slots, count);
    talk_end(talk);
    return rv;
}

CK_SLOT_ID
find_slot(struct talk *talk, const char *label)
{
    const char *wanted = *label == '\0' ? "free" : label;
    CK_SLOT_ID slots[16];
    CK_ULONG count = 16;

    if (talk->list->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
        fixture_fail("C_GetSlotList does not work");
    for (CK_ULONG i = 0; i < count; i++)
        if (strcmp(symbol_slot(talk, slots[i]), wanted) == 0)
            return slots[i];
    fixture_fail("no slot has the token \"%s\"", label);
}

CK_RV
ask_slot_info(struct talk *talk, CK_SLOT_ID slot)
{
    CK_SLOT_INFO info;
    CK_RV rv = talk->list->C_GetSlotInfo(slot, &info);

    talk_begin(talk, "C_GetSlotInfo", rv);
    if (rv == CKR_OK) {
        talk_add(talk, "flags 0x%lx %u.%u %u.%u", info.flags,
                 info.hardwareVersion.major, info.hardwareVersion.minor,
                 info.firmwareVersion.major, info.firmwareVersion.minor);
        talk_add_text(talk, info.slotDescription, sizeof(info.slotDescription));
        talk_add_text(talk, info.manufacturerID, sizeof(info.manufacturerID));
    }
    talk_end(talk);
    return rv;
}

/* -- Tokens --------------------------------------------------------------- */

/* The time goes on between two runs. */
static void
add_token_info(struct talk *talk, const CK_TOKEN_INFO *info)
{
    talk_add_text(talk, info->label, sizeof(info->label));
    talk_add_text(talk, info->manufacturerID, sizeof(info->manufacturerID));
    talk_add_text(talk, info->model, sizeof(info->model));
    talk_add_text(talk, info->serialNumber, sizeof(info->serialNumber));
    talk_add(talk, "flags 0x%lx", info->flags);
    talk_add(talk, "sessions %lu/%lu %lu/%lu", info->ulSessionCount,
             info->ulMaxSessionCount, info->ulRwSessionCount,
             info->ulMaxRwSessionCount);
    talk_add(talk, "pin %lu-%lu", info->ulMinPinLen, info->ulMaxPinLen);
    talk_add(talk, "memory %lx/%lx %lx/%lx", info->ulFreePublicMemory,
             info->ulTotalPublicMemory, info->ulFreePrivateMemory,
             info->ulTotalPrivateMemory);
    talk_add(talk, "%u.%u %u.%u", info->hardwareVersion.major,
             info->hardwareVersion.minor, info->firmwareVersion.major,
             info->firmwareVersion.minor);
}

CK_RV
ask_token_info(struct talk *talk, CK_SLOT_ID slot)
{
    CK_TOKEN_INFO info;
    CK_RV rv = talk->list->C_GetTokenInfo(slot, &info);

    talk_begin(talk, "C_GetTokenInfo", rv);
    if (rv == CKR_OK)
        add_token_info(talk, &info);
    talk_end(talk);
    return rv;
}

CK_RV
ask_mechanism_list(struct talk *talk, CK_SLOT_ID slot, long room)
{
    CK_MECHANISM_TYPE types[512];
    CK_ULONG count = room < 0 ? 0 : (CK_ULONG)room;
    CK_RV rv;

    memset(types, 0xA5, sizeof(types));
    rv = talk->list->C_GetMechanismList(slot, room < 0 ? NULL : types, &count);
    talk_begin(talk, "C_GetMechanismList", rv);
    talk_add(talk, "%lu", count);
    if (room >= 0)
        talk_add_bytes(talk, types, sizeof(types));
    talk_end(talk);
    return rv;
}

CK_RV
ask_mechanism_info(struct talk *talk, CK_SLOT_ID slot, CK_MECHANISM_TYPE type)
{
    char name[NAME_LENGTH];
    CK_MECHANISM_INFO info;
    CK_RV rv = talk->list->C_GetMechanismInfo(slot, type, &info);

    talk_begin(talk, "C_GetMechanismInfo", rv);
    talk_add(talk, "%s", name_of(NAME_CKM, type, name));
    if (rv == CKR_OK)
        talk_add(talk, "%lu-%lu flags 0x%lx", info.ulMinKeySize,
                 info.ulMaxKeySize, info.flags);
    talk_end(talk);
    return rv;
}

CK_RV
ask_slot_event(struct talk *talk, CK_FLAGS flags, bool has_slot, void *reserved)
{
    CK_SLOT_ID slot = 0;
    CK_RV rv = talk->list->C_WaitForSlotEvent(flags, has_slot ? &slot : NULL,
                                              reserved);

    return talk_result(talk, "C_WaitForSlotEvent", rv);
}

CK_RV
ask_init_token(struct talk *talk, CK_SLOT_ID slot, struct bytes pin,
               const char *label)
{
    CK_UTF8CHAR padded[32];

    memset(padded, ' ', sizeof(padded));
    memcpy(padded, label, strnlen(label, sizeof(padded)));
    return talk_result(talk, "C_InitToken",
                       talk->list->C_InitToken(slot, pin.at, pin.length,
                                               padded));
}

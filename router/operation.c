/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations in progress, and what it takes to begin one again. */
#include "router/operation.h"

#include "common/pages.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

CK_FLAGS
operation_cancel_flag(enum operation_kind kind)
{
    static const CK_FLAGS flags[OPERATION_KINDS] = {
        [OPERATION_FIND] = CKF_FIND_OBJECTS,
        [OPERATION_ENCRYPT] = CKF_ENCRYPT,
        [OPERATION_DECRYPT] = CKF_DECRYPT,
        [OPERATION_DIGEST] = CKF_DIGEST,
        [OPERATION_SIGN] = CKF_SIGN,
        [OPERATION_SIGN_RECOVER] = CKF_SIGN_RECOVER,
        [OPERATION_VERIFY] = CKF_VERIFY,
        [OPERATION_VERIFY_RECOVER] = CKF_VERIFY_RECOVER,
        [OPERATION_MESSAGE_ENCRYPT] = CKF_MESSAGE_ENCRYPT,
        [OPERATION_MESSAGE_DECRYPT] = CKF_MESSAGE_DECRYPT,
        [OPERATION_MESSAGE_SIGN] = CKF_MESSAGE_SIGN,
        [OPERATION_MESSAGE_VERIFY] = CKF_MESSAGE_VERIFY,
    };

    return flags[kind];
}

void
operation_copy_mechanism(struct operation *operation,
                         const CK_MECHANISM *mechanism)
{
    operation->has_copies = true;
    if (operation->again == NULL)
        operation->again = calloc(1, sizeof(*operation->again));
    operation->may_repeat = operation->again != NULL &&
                            !operation_uses_up_its_key(mechanism->mechanism) &&
                            mechanism_copy_deep(mechanism, operation->again);
    operation->is_recorded = operation->may_repeat;
}

/* What most operations have is kept for the next one, wiped; locked memory is
 * scarce. */
enum { ROOM_KEPT = 4096 };

static void
drop_input(struct operation *operation)
{
    if (operation->input_room > ROOM_KEPT) {
        pages_free(operation->input, operation->input_room);
        operation->input = NULL;
        operation->input_room = 0;
    } else if (operation->input_length > 0) {
        OPENSSL_cleanse(operation->input, operation->input_length);
    }
    operation->input_length = 0;
}

/* Twice as much each time, and no more than may be kept. */
static bool
make_room(struct operation *operation, size_t length, uint64_t most)
{
    size_t room =
        operation->input_room == 0 ? ROOM_KEPT : 2 * operation->input_room;
    unsigned char *input;

    if (length <= operation->input_room)
        return true;
    room = room < length ? length : room;
    room = room > most ? (size_t)most : room;
    input = pages_new(room);
    if (input == NULL)
        return false;
    if (operation->input_length > 0)
        memcpy(input, operation->input, operation->input_length);
    pages_free(operation->input, operation->input_room);
    operation->input = input;
    operation->input_room = room;
    return true;
}

void
operation_record(struct operation *operation, const void *bytes, size_t length,
                 uint64_t most)
{
    size_t kept = operation->input_length;

    if (!operation->is_recorded || length == 0)
        return;
    if (bytes == NULL || length > most || kept > most - length ||
        !make_room(operation, kept + length, most)) {
        drop_input(operation);
        operation->is_recorded = false;
        return;
    }
    operation->has_copies = true;
    memcpy(operation->input + kept, bytes, length);
    operation->input_length = kept + length;
}

void
operation_adopt(struct operation *operation, struct mechanism_copy **passed)
{
    struct mechanism_copy *empty = operation->passed;

    if (empty != NULL)
        mechanism_copy_release(empty);
    operation->passed = *passed;
    operation->has_copies = true;
    *passed = empty;
}

void
operation_wipe(struct operation *operation)
{
    drop_input(operation);
    if (operation->passed != NULL)
        mechanism_copy_release(operation->passed);
    if (operation->again != NULL)
        mechanism_copy_release(operation->again);
    operation->may_repeat = false;
    operation->is_recorded = false;
    operation->has_copies = false;
}

void
operation_free(struct operation *operation)
{
    if (operation == NULL)
        return;
    operation_wipe(operation);
    pages_free(operation->input, operation->input_room);
    free(operation->passed);
    free(operation->again);
    free(operation);
}

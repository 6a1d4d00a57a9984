/* SPDX-License-Identifier: BSD-3-Clause */
/* Finds objects that other ones have the name of. */
#include "cli/namesake.h"

#include <string.h>

static bool
is_equal(const unsigned char *one, size_t one_length,
         const unsigned char *other, size_t other_length)
{
    return one_length == other_length && one_length > 0 &&
           memcmp(one, other, one_length) == 0;
}

/* As a copy's place is found to be free. */
static bool
is_namesake(const struct identity *one, const struct identity *other)
{
    if (one->object_class != other->object_class)
        return false;
    if (one->id_length > 0 || other->id_length > 0)
        return is_equal(one->id, one->id_length, other->id, other->id_length);
    return is_equal(one->label, one->label_length, other->label,
                    other->label_length);
}

void
namesakes_find(struct moves *moves, const struct move_choice *choice)
{
    for (size_t i = 0; i < moves->n_old; i++) {
        struct move *move = &moves->items[i];
        size_t first = 0;

        move->leader = MOVE_NO_LEADER;
        if (move->state != MOVE_WAITS ||
            !move_choice_fits(choice, move->identity))
            continue;
        while (first < i &&
               !(moves->items[first].leader == first &&
                 is_namesake(moves->items[first].identity, move->identity)))
            first++;
        move->leader = first;
    }
}

static bool
is_key(const struct move *move)
{
    return move->is_late || move->identity->object_class == CKO_PUBLIC_KEY;
}

bool
namesake_decides(struct moves *moves, size_t index, bool overwrites)
{
    struct move *move = &moves->items[index];
    bool is_taken = false;

    for (size_t i = move->leader; i < index; i++) {
        const struct move *other = &moves->items[i];

        if (other->leader != move->leader || other->state != MOVE_MOVES)
            continue;
        if (identity_is_same_key(other->identity, move->identity)) {
            move->state = MOVE_THERE;
            move->outcome.verdict = TRANSFER_THERE;
            return true;
        }
        is_taken = overwrites || is_key(move);
    }
    if (!is_taken)
        return false;
    move->state = MOVE_STAYS;
    move->outcome.verdict = overwrites ? TRANSFER_OVERWRITES : TRANSFER_TAKEN;
    return true;
}

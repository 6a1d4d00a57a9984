/* SPDX-License-Identifier: BSD-3-Clause */
/* Chooses objects by their CKA_ID, label and class. */
#include "cli/move-choice.h"

#include "cli/message.h"

#include <string.h>

static const struct {
    const char *name;
    CK_OBJECT_CLASS object_class;
} classes[] = {
    { "private-key", CKO_PRIVATE_KEY },
    { "public-key", CKO_PUBLIC_KEY },
    { "secret-key", CKO_SECRET_KEY },
    { "certificate", CKO_CERTIFICATE },
    { "data", CKO_DATA },
};

static bool
read_class(const struct request *request, struct move_choice *out)
{
    const char *name = request->values[OPTION_CLASS];

    out->has_class = name != NULL;
    if (name == NULL)
        return true;
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strcmp(classes[i].name, name) == 0) {
            out->object_class = classes[i].object_class;
            return true;
        }
    message_error("%s: \"%s\" is no class; give --class private-key, "
                  "public-key, secret-key, certificate or data",
                  request->command->name, name);
    return false;
}

bool
move_choice_read(const struct request *request, struct move_choice *out)
{
    return choice_read(request, &out->name) && read_class(request, out);
}

void
move_choice_clear(struct move_choice *choice)
{
    choice_clear(&choice->name);
}

bool
move_choice_is_public(const struct move_choice *choice)
{
    return choice->has_class && (choice->object_class == CKO_PUBLIC_KEY ||
                                 choice->object_class == CKO_CERTIFICATE);
}

bool
move_choice_fits(const struct move_choice *choice,
                 const struct identity *identity)
{
    const char *label = choice->name.label;
    struct octets id = { identity->id, identity->id_length };

    return (!choice->has_class ||
            choice->object_class == identity->object_class) &&
           (choice->name.id.bytes == NULL ||
            octets_equal(choice->name.id, id)) &&
           (label == NULL ||
            (strlen(label) == identity->label_length &&
             memcmp(label, identity->label, identity->label_length) == 0));
}

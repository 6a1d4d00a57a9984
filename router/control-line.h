/* SPDX-License-Identifier: BSD-3-Clause */
/* What the two files of the control page share; for them alone. */
#ifndef ROUTER_CONTROL_LINE_H
#define ROUTER_CONTROL_LINE_H

#include "router/control-page.h"

struct control_verb_facts {
    const char *name;       /* as it is written */
    enum control_verb kind; /* of one kind they take each other's place */
    bool has_member;
};

extern const struct control_verb_facts control_verbs[CONTROL_VERBS];

/* Takes the line's texts over where there is memory; else false. */
bool control_page_append(struct control_page *page,
                         const struct control_line *line);
void control_line_clear(struct control_line *line);

/* NULL stays NULL. False: no memory. */
bool control_text_copy(const char *text, char **out);

#endif

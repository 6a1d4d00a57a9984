/* SPDX-License-Identifier: BSD-3-Clause */
/* What kinds of things the events of an audit log are to an auditor. */
#ifndef CLI_EVENT_CLASS_H
#define CLI_EVENT_CLASS_H

enum {
    EVENT_CALLED = 1,   /* an application has called for just that */
    EVENT_USES_KEY = 2, /* an operation with a key */
    EVENT_CHANGES = 4,  /* something is another thing now: see the list */
    EVENT_IS_GAP = 8    /* something is missing in the log */
};

/* Bits of those; 0: another one, or none that is known. */
unsigned event_class(const char *event);

/* The names of all events, in their order. */
extern const char *const event_names[];
extern const unsigned n_event_names;

#endif

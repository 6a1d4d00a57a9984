/* SPDX-License-Identifier: BSD-3-Clause */
/* Findings: what is wrong or worth knowing, why it is so, and what to do. */
#ifndef CLI_FINDING_H
#define CLI_FINDING_H

#include "cli/json.h"

#include <stddef.h>
#include <stdio.h>

enum severity {
    SEVERITY_PROBLEM, /* keeps something from working */
    SEVERITY_WARNING, /* may do so, or not what was meant */
    SEVERITY_NOTE,    /* to be known */
    N_SEVERITIES
};

struct finding {
    enum severity severity;
    char *what; /* a sentence that says what thing it is about */
    char *why;  /* NULL: `what` says it */
    char *todo; /* NULL: nothing */
};

/* Zero-initialised is "none". */
struct findings {
    struct finding *items;
    size_t n_items;
};

/* The three texts come from malloc and are taken over. */
void finding_add(struct findings *findings, enum severity severity, char *what,
                 char *why, char *todo);
size_t finding_count(const struct findings *findings, enum severity severity);
void findings_clear(struct findings *findings);

/* A line each, as a compiler says it: "warning: WHAT: WHY; TODO". Problems have
 * no word before them. */
void findings_print_lines(const struct findings *findings, FILE *stream);

/* For people, the worst first. */
void findings_print(const struct findings *findings, FILE *stream);

/* As a list of objects. */
void findings_write_json(const struct findings *findings, struct json *json,
                         const char *name);

#endif

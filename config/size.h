/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers of bytes as people write them: "512KiB", "64MiB", "1GiB". */
#ifndef CONFIG_SIZE_H
#define CONFIG_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/* What may be written, for messages. */
#define SIZE_EXAMPLE "64MiB, with B, KiB, MiB or GiB"

/* A whole number with a unit, or 0. *out is only written when true. */
bool size_parse(const char *text, uint64_t *out);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates in the order in which one was issued by the next. */
#ifndef CLI_CHAIN_H
#define CLI_CHAIN_H

#include "backends/certificate.h"

#include <stddef.h>

/*
 * Writes into `order` the numbers of the certificates: each chain from its
 * leaf to its root, each certificate once. Chains begin with those that are
 * `chosen`, leaves before issuers. What has no issuer among them ends its
 * chain. `order` has room for `count`; answers how many there are in it.
 */
size_t chain_order(const struct certificate_parts *parts, size_t count,
                   const bool *chosen, size_t *order);

#endif

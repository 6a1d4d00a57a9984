/* SPDX-License-Identifier: BSD-3-Clause */
/* What an attribute template says about the object to be made. */
#ifndef ROUTER_TEMPLATE_H
#define ROUTER_TEMPLATE_H

#include "common/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>

/* The last attribute of this type, or NULL. */
const CK_ATTRIBUTE *template_find(const CK_ATTRIBUTE *template, CK_ULONG count,
                                  CK_ATTRIBUTE_TYPE type);

/* A CK_BBOOL attribute, or `otherwise` where it is absent or malformed. */
bool template_bool(const CK_ATTRIBUTE *template, CK_ULONG count,
                   CK_ATTRIBUTE_TYPE type, bool otherwise);

/* What an object made from the template is, as enum object_flag. `base`
 * holds the flags of the object it is a copy of, or 0. */
unsigned template_object_flags(const CK_ATTRIBUTE *template, CK_ULONG count,
                               bool token_default, unsigned base);

#endif

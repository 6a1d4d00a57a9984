/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The modules that are registered with p11-kit. This header knows no type of
 * PKCS#11, because p11-kit's own headers define them in another way (R1.23).
 */
#ifndef BACKENDS_P11_KIT_H
#define BACKENDS_P11_KIT_H

#include <stdbool.h>
#include <stddef.h>

struct registered_module {
    char *name;
    char *path;      /* NULL for a remote one */
    char *init_args; /* its x-init-reserved; NULL: none */
    bool is_critical;
};

/* What p11-kit knows, in its order; its modules stay mapped until
 * registered_free. */
struct registered {
    struct registered_module *modules;
    size_t n_modules;
    void *loaded; /* p11-kit's */
};

/*
 * Asks p11-kit, which heeds enable-in and disable-in and leaves out what it
 * cannot load. Nothing is initialised. False: `why` (of `room` bytes) says
 * what p11-kit says, which fails for a mistake in its configuration and for a
 * critical module that it cannot load.
 */
bool registered_read(struct registered *out, char *why, size_t room);
void registered_free(struct registered *registered);

#endif

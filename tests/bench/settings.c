/* SPDX-License-Identifier: BSD-3-Clause */
/* What p11mux is told of a token that is measured. */
#include "tests/bench/settings.h"

#include "tests/fixture.h"

#include <stddef.h>

static const char *
audit_of(const struct settings *settings)
{
    return settings->durability == NULL
               ? ""
               : fixture_text(
                     "audit = { file = \"%s\"; durability = \"%s\"; };",
                     settings->audit_path, settings->durability);
}

static void
write_group(const struct settings *settings)
{
    fixture_config(
        "modules = ( { name = \"m\"; path = \"%s\"; },\n"
        "  { name = \"n\"; path = \"%s\"; instance = \"own\"; } );\n"
        "tokens = ( { label = \"%s\"; mode = \"%s\"; pool = { %s };\n"
        "  members = ( { module = \"m\"; match = \"pkcs11:token=%s\"; },\n"
        "    { module = \"n\"; match = \"pkcs11:token=%s\"; } ); } );\n%s\n",
        settings->module, settings->module, settings->label, settings->mode,
        settings->pool, settings->label, settings->label, audit_of(settings));
}

void
settings_write(const struct settings *settings)
{
    if (settings->mode != NULL) {
        write_group(settings);
        return;
    }
    fixture_config("modules = ( { name = \"m\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"%s\"; members = ( { module = "
                   "\"m\"; match = \"pkcs11:token=%s\"; } );\n"
                   "  pool = { %s }; } );\n%s\n",
                   settings->module, settings->label, settings->label,
                   settings->pool, audit_of(settings));
}

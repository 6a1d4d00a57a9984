/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests expect of configuration files, good and bad. */
#ifndef TESTS_CONFIG_EXPECT_H
#define TESTS_CONFIG_EXPECT_H

#include "config/config.h"

/* A file, or a text as a file; whatever is wrong with it fails the test. */
struct config *config_of_file(const char *file);
struct config *config_of(const char *text);

/* All that the file may say is at its default: everything; everything but
 * modules and tokens; what overrules a profile. */
void expect_defaults(const struct config *config);
void expect_general_defaults(const struct config *config);
void expect_no_settings(const struct config_profile *settings);

/* What tokens need to be complete. */
#define MEMBERS                                                                \
    "members = ( { module = \"p11-kit\"; match = \"pkcs11:token=a\"; } );"
#define OTHER_MEMBERS                                                          \
    "members = ( { module = \"p11-kit\"; match = \"pkcs11:token=b\"; } );"

/*
 * The text has these mistakes and no other. Each is the rest of the line
 * behind the file's name, ":LINE: ...", and the list ends with NULL.
 */
void expect_mistakes(const char *text, ...) __attribute__((sentinel));
void expect_mistake(const char *text, const char *line);

/* One setting more in a module "a", or in a token "a". */
void expect_module_mistake(const char *setting, const char *line);
void expect_token_mistake(const char *setting, const char *line);

#endif

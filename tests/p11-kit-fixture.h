/* SPDX-License-Identifier: BSD-3-Clause */
/* p11-kit as tests want it: with module files of their own. */
#ifndef TESTS_P11_KIT_FIXTURE_H
#define TESTS_P11_KIT_FIXTURE_H

/* From now on p11-kit reads its module files from this folder alone. */
void p11_kit_use_folder(const char *folder);

/* What p11-kit takes this program for (enable-in, disable-in). */
void p11_kit_use_name(const char *name);

#endif

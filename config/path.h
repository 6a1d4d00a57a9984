/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the configuration is looked for, and where state is kept. */
#ifndef CONFIG_PATH_H
#define CONFIG_PATH_H

/* The defaults of state_dir and runtime_dir, which the caller frees; NULL: no
 * memory. */
char *config_state_dir(void);
char *config_runtime_dir(void);

#endif

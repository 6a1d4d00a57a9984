/* SPDX-License-Identifier: BSD-3-Clause */
/* What was compressed with gzip, for those who are linked with zlib: the tool
 * is, the module brings no more libraries into applications than it must. */
#ifndef AUDIT_SOURCE_GZIP_H
#define AUDIT_SOURCE_GZIP_H

/* Sources read it from now on, in this process. */
void source_use_gzip(void);

#endif

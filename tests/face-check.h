/* SPDX-License-Identifier: BSD-3-Clause */
/* What must be true after any of the 104 functions reached the module. Each
 * says which function and which argument is wrong. */
#ifndef TESTS_FACE_CHECK_H
#define TESTS_FACE_CHECK_H

#include "tests/face.h"

/* The module saw every argument as it was given, with its own handles. */
void face_check_arguments(const struct face *face, enum function function);

/* No byte that went in has changed. */
void face_check_inputs(const struct face *face, enum function function);

/* Everything that the module gave is there, with p11mux's handles. */
void face_check_outputs(const struct face *face, enum function function);

#endif

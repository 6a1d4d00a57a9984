/* SPDX-License-Identifier: BSD-3-Clause */
/* Found only where criterion is not installed: says so, and ends there. */
#error make check needs criterion: apt-get install libcriterion-dev, then configure again
#include <criterion-is-missing>

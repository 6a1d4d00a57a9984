/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether this is built with AddressSanitizer, which some tests cannot run
 * under. */
#ifndef TESTS_ADDRESS_SANITIZER_H
#define TESTS_ADDRESS_SANITIZER_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#endif

/* In a criterion test: leaves it, and says why. */
#if defined(HAS_ADDRESS_SANITIZER)
#define SKIP_UNDER_ADDRESS_SANITIZER(why) cr_skip_test("%s", why)
#else
#define SKIP_UNDER_ADDRESS_SANITIZER(why) (void)(why)
#endif

#endif

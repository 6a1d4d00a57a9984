/* SPDX-License-Identifier: BSD-3-Clause */
/* Which sanitizer the test is built with: 1 or 0, of gcc or clang. */
#ifndef TESTS_SANITIZED_H
#define TESTS_SANITIZED_H

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#else
#define HAS_ADDRESS_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
#define HAS_THREAD_SANITIZER 1
#else
#define HAS_THREAD_SANITIZER 0
#endif

/*
 * Whether a child may allocate that was forked while other threads did. The
 * sanitizers' allocators have locks that a fork does not look after (gcc 12,
 * clang 14): the child would wait for one that nobody gives back.
 */
#define CHILDREN_MAY_ALLOCATE (!HAS_ADDRESS_SANITIZER && !HAS_THREAD_SANITIZER)

#endif

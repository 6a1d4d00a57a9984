/* SPDX-License-Identifier: BSD-3-Clause */
/* What is said on stderr between two moments. */
#include "tests/heard.h"

#include "tests/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int before = -1;

void
heard_begin(void)
{
    int file = open(fixture_path("stderr"), O_RDWR | O_CREAT | O_TRUNC, 0600);

    (void)fflush(stderr);
    before = dup(STDERR_FILENO);
    if (file < 0 || before < 0 || dup2(file, STDERR_FILENO) < 0)
        fixture_fail("stderr cannot be heard: %s", strerror(errno));
    (void)close(file);
}

const char *
heard_end(void)
{
    static char text[16384];
    ssize_t length;

    (void)fflush(stderr);
    length = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);
    if (dup2(before, STDERR_FILENO) < 0 || length < 0)
        fixture_fail("stderr was not heard: %s", strerror(errno));
    (void)close(before);
    text[length] = '\0';
    return fixture_text("%s", text);
}

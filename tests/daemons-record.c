/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that write down what is sent to a socket. */
#include "tests/daemons.h"

#include "tests/fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST_BYTES = 256 * 1024 };

static const char settled[] = "everything is in the file";

struct recorder {
    int listener;
    FILE *file;
};

static sem_t is_settled;

static void
write_down(FILE *file, char *message, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (message[i] == '\0')
            message[i] = '.';
    message[length] = '\n';
    if (fwrite(message, 1, length + 1, file) != length + 1 || fflush(file) != 0)
        fixture_fail("a message cannot be written down");
}

static void *
record(void *argument)
{
    const struct recorder *recorder = argument;
    char *message = malloc(MOST_BYTES);

    for (;;) {
        ssize_t length = recv(recorder->listener, message, MOST_BYTES - 1, 0);

        if (length == sizeof(settled) &&
            memcmp(message, settled, sizeof(settled)) == 0)
            sem_post(&is_settled);
        else if (length >= 0)
            write_down(recorder->file, message, (size_t)length);
    }
    return NULL;
}

void
daemons_record(const char *path, const char *file)
{
    struct recorder *recorder = malloc(sizeof(*recorder));
    pthread_t thread;

    recorder->listener = daemons_listen(path);
    recorder->file = fopen(file, "we");
    if (recorder->file == NULL || fcntl(recorder->listener, F_SETFL, 0) != 0 ||
        sem_init(&is_settled, 0, 0) != 0 ||
        pthread_create(&thread, NULL, record, recorder) != 0)
        fixture_fail("what is sent to %s cannot be recorded", path);
}

void
daemons_settle(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);

    strcpy(address.sun_path, path);
    if (sendto(descriptor, settled, sizeof(settled), 0,
               (const struct sockaddr *)&address, sizeof(address)) < 0)
        fixture_fail("nobody listens on %s", path);
    close(descriptor);
    sem_wait(&is_settled);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Receives datagrams, and reads them by the texts of their protocols. */
#include "tests/daemons.h"

#include "tests/fixture.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char message_bytes[256 * 1024];
static char value_bytes[256 * 1024];

int
daemons_listen(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        fixture_fail("%s is too long for a socket", path);
    strcpy(address.sun_path, path);
    unlink(path);
    if (listener < 0 ||
        bind(listener, (const struct sockaddr *)&address, sizeof(address)) != 0)
        fixture_fail("nobody can listen on %s", path);
    return listener;
}

const char *
daemons_receive_now(int listener, size_t *out_length)
{
    ssize_t length =
        recv(listener, message_bytes, sizeof(message_bytes) - 1, 0);

    if (length < 0)
        return NULL;
    message_bytes[length] = '\0';
    *out_length = (size_t)length;
    return message_bytes;
}

const char *
daemons_receive(int listener, size_t *out_length)
{
    struct pollfd wanted = { .fd = listener, .events = POLLIN };

    if (poll(&wanted, 1, 10000) <= 0)
        return NULL;
    return daemons_receive_now(listener, out_length);
}

/* -- The journal ---------------------------------------------------------- */

/* One field, up to behind its end: NAME=value, or NAME, the length of the
 * value in eight bytes, and the value. */
static const char *
read_field(const char *at, const char *end, const char *name, bool *out_found,
           const char **out_value, size_t *out_length)
{
    size_t name_length = strcspn(at, "=\n");
    uint64_t length = 0;
    const char *value;

    if (name_length == 0 || at + name_length >= end)
        fixture_fail("a field of the entry has no name: %s", at);
    value = at + name_length + 1;
    if (at[name_length] == '=') {
        const char *line_end = memchr(value, '\n', (size_t)(end - value));

        length = line_end == NULL ? (size_t)(end - value)
                                  : (size_t)(line_end - value);
    } else {
        for (unsigned i = 8; i-- > 0;)
            length = length << 8 | (unsigned char)value[i];
        value += 8;
    }
    if (value + length >= end || value[length] != '\n')
        fixture_fail("a field of the entry does not end: %s", at);
    *out_found =
        strlen(name) == name_length && strncmp(at, name, name_length) == 0;
    *out_value = value;
    *out_length = length;
    return value + length + 1;
}

const char *
journal_field(const char *entry, size_t length, const char *name,
              size_t *out_length)
{
    const char *found = NULL;

    for (const char *at = entry; at < entry + length;) {
        const char *value;
        size_t value_length;
        bool is_it;

        at =
            read_field(at, entry + length, name, &is_it, &value, &value_length);
        if (!is_it)
            continue;
        memcpy(value_bytes, value, value_length);
        value_bytes[value_length] = '\0';
        *out_length = value_length;
        found = value_bytes; /* the others are read too, to see their form */
    }
    return found;
}

/* -- RFC 5424 ------------------------------------------------------------- */

/* Ends the word at `at` with a NUL; what comes behind the blank. */
static char *
end_word(char *at, const char **out)
{
    size_t length = strcspn(at, " ");

    if (length == 0 || at[length] == '\0')
        fixture_fail("a part of the header is missing: %s", at);
    at[length] = '\0';
    *out = at;
    return at + length + 1;
}

/* A parameter, from its name on; what comes behind its second quotation mark.
 */
static char *
end_parameter(char *at, struct syslog_message *out)
{
    char *name = at;
    char *to;

    at += strcspn(at, "= ]\"");
    if (at == name || at[0] != '=' || at[1] != '"')
        fixture_fail("a parameter has no name or no value: %s", name);
    *at = '\0';
    at += 2;
    out->parameters[out->n_parameters].name = name;
    out->parameters[out->n_parameters++].value = to = at;
    for (; *at != '"'; at++) {
        if (*at == '\0' || *at == ']')
            fixture_fail("a bracket or an end in the value of %s", name);
        if (*at == '\\' && strchr("\"\\]", at[1]) != NULL)
            at++;
        *to++ = *at;
    }
    *to = '\0';
    return at + 1;
}

void
syslog_parse(const char *message, struct syslog_message *out)
{
    char *at;

    memset(out, 0, sizeof(*out));
    strcpy(value_bytes, message);
    if (value_bytes[0] != '<')
        fixture_fail("there is no priority: %s", message);
    out->priority = (unsigned)strtoul(value_bytes + 1, &at, 10);
    if (strncmp(at, ">1 ", 3) != 0)
        fixture_fail("it is not of version 1: %s", message);
    at = end_word(at + 3, &out->time);
    at = end_word(at, &out->host);
    at = end_word(at, &out->name);
    at = end_word(at, &out->process);
    at = end_word(at, &out->id);
    if (*at++ != '[')
        fixture_fail("there is no structured data: %s", message);
    at = end_word(at, &out->data_name);
    for (at = end_parameter(at, out); *at == ' ';)
        at = end_parameter(at + 1, out);
    if (at[0] != ']' || at[1] != ' ')
        fixture_fail("the structured data does not end: %s", message);
    out->text = at + 2;
}

const char *
syslog_parameter(const struct syslog_message *message, const char *name)
{
    for (size_t i = 0; i < message->n_parameters; i++)
        if (strcmp(message->parameters[i].name, name) == 0)
            return message->parameters[i].value;
    return NULL;
}

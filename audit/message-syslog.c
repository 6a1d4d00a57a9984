/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages as RFC 5424 has them. There is no byte order mark before the text,
 * which is JSON: it may have none (RFC 8259, section 8.1).
 */
#include "audit/message-form.h"

#include "common/clock.h"

#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * The name of the structured data needs a number that is registered (section
 * 6.3.2). p11mux has none; this one belongs to nobody (RFC 5612).
 */
static const char data_name[] = "[p11mux@32473";

/* Section 6.2.4. */
enum { LONGEST_HOST = 255 };

static bool
is_printable(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return length > 0;
}

static void
put_host(struct message *message, const char *host, size_t length)
{
    message_put(message, " ", 1);
    if (length > LONGEST_HOST || !is_printable(host, length))
        message_put(message, "-", 1);
    else
        message_put(message, host, length);
}

static void
put_begin(struct message *message, enum severity severity)
{
    message_put(message, "<", 1);
    message_put_number(message, FACILITY_AUTHPRIV * 8 + (unsigned)severity);
    message_put(message, ">1", 2);
}

/* Section 6.3.3; what is control becomes a question mark. */
static void
put_parameter(struct message *message, const char *name, const char *value,
              size_t length)
{
    message_put(message, " ", 1);
    message_put_text(message, name);
    message_put(message, "=\"", 2);
    for (size_t i = 0; i < length; i++) {
        unsigned char letter = (unsigned char)value[i];

        if (letter == '"' || letter == '\\' || letter == ']')
            message_put(message, "\\", 1);
        message_put(message, letter < 0x20 || letter == 0x7f ? "?" : &value[i],
                    1);
    }
    message_put(message, "\"", 1);
}

static void
put_field(struct message *message, const struct view *view,
          const struct message_field *field)
{
    char text[VIEW_TEXT_LENGTH];

    if (view_has(view, field->field))
        put_parameter(message, field->parameter, text,
                      view_text(view, field->field, text));
}

static void
put_word(struct message *message, const struct view *view,
         enum view_field field)
{
    char text[VIEW_TEXT_LENGTH];
    size_t length = view_has(view, field) ? view_text(view, field, text) : 0;

    message_put(message, " ", 1);
    message_put(message, length > 0 ? text : "-", length > 0 ? length : 1);
}

void
syslog_put_record(struct message *message, enum severity severity,
                  const struct view *view, const char *line, size_t length)
{
    char host[VIEW_TEXT_LENGTH];

    put_begin(message, severity);
    put_word(message, view, VIEW_TIME);
    put_host(message, host, view_text(view, VIEW_HOST, host));
    message_put_text(message, " p11mux");
    put_word(message, view, VIEW_PID);
    put_word(message, view, VIEW_EVENT);
    message_put(message, " ", 1);
    message_put_text(message, data_name);
    for (size_t i = 0; i < MESSAGE_FIELDS; i++)
        put_field(message, view, &message_fields[i]);
    message_put(message, "] ", 2);
    message_put(message, line, length);
}

/* The time and the place are those of now. */
static void
put_origin(struct message *message)
{
    char time[CLOCK_TEXT_LENGTH + 1];
    char host[HOST_NAME_MAX + 1] = "";
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    clock_format(now, time);
    message_put(message, " ", 1);
    message_put_text(message, time);
    (void)gethostname(host, sizeof(host) - 1);
    put_host(message, host, strlen(host));
    message_put_text(message, " p11mux ");
    message_put_number(message, (uint64_t)getpid());
}

void
syslog_put_note(struct message *message, const struct checkpoint *checkpoint,
                const char *note)
{
    put_begin(message, SEVERITY_NOTICE);
    put_origin(message);
    message_put_text(message, " note ");
    message_put_text(message, data_name);
    put_parameter(message, "origin", checkpoint->origin,
                  strlen(checkpoint->origin));
    message_put_text(message, " size=\"");
    message_put_number(message, checkpoint->size);
    message_put_text(message, "\"] ");
    message_put_note(message, checkpoint, note);
}

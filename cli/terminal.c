/* SPDX-License-Identifier: BSD-3-Clause */
/* The terminal: its width, and asking for a secret there. */
#include "cli/terminal.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* What would leave the terminal without echo: noted, and raised again when it
 * has been set back. */
static const int ending_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
                                      SIGTSTP };
enum { N_SIGNALS = sizeof(ending_signals) / sizeof(ending_signals[0]) };

static volatile sig_atomic_t caught;

static void
note_signal(int number)
{
    caught = number;
}

static void
hold_signals(struct sigaction before[N_SIGNALS])
{
    struct sigaction action = { .sa_handler = note_signal };

    caught = 0;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_SIGNALS; i++)
        (void)sigaction(ending_signals[i], &action, &before[i]);
}

static void
release_signals(const struct sigaction before[N_SIGNALS])
{
    for (size_t i = 0; i < N_SIGNALS; i++)
        (void)sigaction(ending_signals[i], &before[i], NULL);
    if (caught != 0)
        (void)raise(caught);
}

/* Straight into the secret's own pages: there is no other copy. */
static bool
read_line(int terminal, struct secret *out, struct error *error)
{
    static const unsigned char room[SECRET_MAX_LENGTH];
    size_t length = 0;

    if (!secret_set(out, room, sizeof(room)))
        return error_set(error, CKR_HOST_MEMORY,
                         "no memory for what is entered");
    for (;;) {
        ssize_t got = read(terminal, out->bytes + length, 1);

        if (got < 0 && errno == EINTR && caught == 0)
            continue;
        if (got <= 0)
            return error_set(error, CKR_FUNCTION_FAILED, "nothing was entered");
        if (out->bytes[length] == '\n')
            break;
        if (++length == sizeof(room))
            return error_set(error, CKR_PIN_LEN_RANGE,
                             "what is entered has less than %zu characters",
                             sizeof(room));
    }
    out->bytes[length] = '\0';
    out->length = length;
    return true;
}

static void
write_text(int terminal, const char *text)
{
    ssize_t ignored = write(terminal, text, strlen(text));

    (void)ignored; /* whoever does not see it does not answer */
}

bool
terminal_read_secret(const char *question, const char *option,
                     struct secret *out, struct error *error)
{
    CLEANUP(closep)
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct sigaction before[N_SIGNALS];
    struct termios shown, hidden;
    bool is_read;

    if (terminal < 0 || tcgetattr(terminal, &shown) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "there is no terminal to ask on; use --%s file:PATH "
                         "or env:NAME",
                         option);
    hold_signals(before);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ICANON | ECHONL;
    (void)tcsetattr(terminal, TCSAFLUSH, &hidden);
    write_text(terminal, question);
    is_read = read_line(terminal, out, error);
    (void)tcsetattr(terminal, TCSAFLUSH, &shown);
    if (!is_read)
        secret_wipe(out);
    release_signals(before);
    return is_read;
}

size_t
terminal_width(void)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;

    if (columns != NULL && columns[0] != '\0' &&
        strspn(columns, "0123456789") == strlen(columns))
        return strtoul(columns, NULL, 10);
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

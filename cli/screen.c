/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole terminal for a while, by what every terminal of today obeys. */
#include "cli/screen.h"

#include "cli/memory.h"
#include "cli/utf8.h"

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* The other picture without a cursor, and back. */
static const char enter[] = "\033[?1049h\033[?25l";
static const char leave[] = "\033[?25h\033[?1049l";

/* Comes by the descriptor, not by a handler. */
static const int signals[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                               SIGTSTP, SIGCONT, SIGWINCH };
enum { N_SIGNALS = sizeof(signals) / sizeof(signals[0]) };

struct screen {
    struct termios before;
    sigset_t mask_before;
    int signals;
    int ending; /* the signal that ends the process; 0: none */
    bool is_utf8;
};

/* -- Beginning and end --------------------------------------------------------
 */

static bool
has_utf8(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool is_utf8 = locale != (locale_t)0 &&
                   strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

    if (locale != (locale_t)0)
        freelocale(locale);
    return is_utf8;
}

/* For whatever ends the process while it is taken. */
static const struct screen *taken;

static void
take(const struct screen *screen)
{
    struct termios quiet = screen->before;

    quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    (void)fputs(enter, stdout);
    (void)fflush(stdout);
    taken = screen;
}

static void
give_back(const struct screen *screen)
{
    (void)fputs(leave, stdout);
    (void)fflush(stdout);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen->before);
    taken = NULL;
}

static void
give_back_at_exit(void)
{
    if (taken != NULL)
        give_back(taken);
}

struct screen *
screen_begin(struct error *error)
{
    struct screen *screen = memory_new(1, sizeof(*screen));
    sigset_t mask;

    (void)sigemptyset(&mask);
    for (size_t i = 0; i < N_SIGNALS; i++)
        (void)sigaddset(&mask, signals[i]);
    screen->signals = -1;
    if (tcgetattr(STDIN_FILENO, &screen->before) == 0 &&
        isatty(STDOUT_FILENO) != 0)
        screen->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (screen->signals < 0) {
        free(screen);
        (void)error_set(error, CKR_FUNCTION_FAILED,
                        "there is no terminal to draw on; leave out --watch, "
                        "or print --json again and again");
        return NULL;
    }
    (void)pthread_sigmask(SIG_BLOCK, &mask, &screen->mask_before);
    screen->is_utf8 = has_utf8();
    (void)atexit(give_back_at_exit);
    take(screen);
    return screen;
}

void
screen_end(struct screen *screen)
{
    int ending = screen->ending;

    give_back(screen);
    (void)close(screen->signals);
    if (ending != 0)
        (void)raise(ending);
    (void)pthread_sigmask(SIG_SETMASK, &screen->mask_before, NULL);
    free(screen);
}

bool
screen_is_utf8(const struct screen *screen)
{
    return screen->is_utf8;
}

/* -- Drawing
 * ------------------------------------------------------------------- */

/* Over what was there, line by line, so that nothing flickers. */
void
screen_show(struct screen *screen, const char *text)
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };

    (void)screen;
    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    (void)fputs("\033[H", stdout);
    for (unsigned row = 0; row < size.ws_row && *text != '\0'; row++) {
        size_t length = strcspn(text, "\n"), width;
        char *line = strndup(text, length);

        memory_need(line);
        (void)fwrite(line, 1, utf8_fit(line, size.ws_col, &width), stdout);
        (void)fputs("\033[K", stdout);
        free(line);
        text += length + (text[length] == '\n' ? 1 : 0);
        if (row + 1 < size.ws_row && *text != '\0')
            (void)fputs("\r\n", stdout);
    }
    (void)fputs("\033[J", stdout);
    (void)fflush(stdout);
}

/* -- Waiting
 * ------------------------------------------------------------------- */

/* Until whoever stopped the tool goes on. */
static void
stop(const struct screen *screen)
{
    give_back(screen);
    (void)raise(SIGSTOP);
    take(screen);
}

enum wish { WISH_WAIT, WISH_DRAW, WISH_END };

static enum wish
read_signal(struct screen *screen)
{
    struct signalfd_siginfo info;

    if (read(screen->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return WISH_WAIT;
    switch (info.ssi_signo) {
    case SIGTSTP:
        stop(screen);
        return WISH_DRAW;
    case SIGCONT:
    case SIGWINCH:
        return WISH_DRAW;
    case SIGINT:
        return WISH_END;
    default:
        screen->ending = (int)info.ssi_signo;
        return WISH_END;
    }
}

/* The end of the input is one, too. */
static enum wish
read_key(void)
{
    char key;

    return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' ? WISH_END
                                                          : WISH_DRAW;
}

bool
screen_wait(struct screen *screen, uint64_t milliseconds)
{
    struct pollfd polled[] = {
        { .fd = screen->signals, .events = POLLIN },
        { .fd = STDIN_FILENO, .events = POLLIN },
    };
    enum wish wish = WISH_WAIT;

    if (poll(polled, 2, (int)milliseconds) <= 0)
        return true;
    if (polled[0].revents != 0)
        wish = read_signal(screen);
    if (polled[1].revents != 0 && wish != WISH_END)
        wish = read_key();
    return wish != WISH_END;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* How long SoftHSM takes for one search, asked directly: alone, and beside a
 * process that creates objects. */
#include "tests/fixture.h"

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { AT_FIRST = 500, TEXT = 16 };

static void
must(CK_RV rv, const char *what)
{
    if (rv != CKR_OK)
        fixture_fail("%s: 0x%lx", what, rv);
}

/* This thread's, in seconds on a processor. */
static double
time_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

enum { CREATED = 1500, SEARCHES = 20 };
static const struct timespec created_pause = { 0, 1000L * 1000 };

static const CK_FUNCTION_LIST *
open_directly(const char *token, CK_SESSION_HANDLE *session)
{
    struct module *softhsm = module_open(FIXTURE_SOFTHSM);

    fixture_initialize(softhsm, NULL);
    *session = fixture_session(softhsm->list,
                               fixture_slot(softhsm->list, token), FIXTURE_PIN);
    return softhsm->list;
}

static void
create_objects(const CK_FUNCTION_LIST *softhsm, CK_SESSION_HANDLE writer,
               unsigned count, const struct timespec *pause)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_BBOOL yes = CK_TRUE;

    for (unsigned i = 0; i < count; i++) {
        char text[TEXT];
        CK_ULONG length = (CK_ULONG)snprintf(text, sizeof(text), "data-%u", i);
        CK_ATTRIBUTE template[] = {
            { CKA_CLASS, &class, sizeof(class) },
            { CKA_TOKEN, &yes, sizeof(yes) },
            { CKA_PRIVATE, &yes, sizeof(yes) },
            { CKA_LABEL, text, length },
            { CKA_VALUE, text, length },
        };
        CK_OBJECT_HANDLE object;

        must(softhsm->C_CreateObject(writer, template, 5, &object),
             "C_CreateObject");
        if (pause != NULL)
            (void)nanosleep(pause, NULL);
    }
}

/* A process of its own, which does not know the module yet; it begins when
 * something is written to *start. */
static pid_t
make_writer(const char *token, int *start)
{
    int ends[2];
    pid_t child;

    if (pipe(ends) != 0)
        fixture_fail("pipe");
    child = fork();
    if (child == 0) {
        CK_SESSION_HANDLE writer;
        const CK_FUNCTION_LIST *softhsm;
        char byte;

        if (read(ends[0], &byte, 1) != 1)
            _exit(1);
        softhsm = open_directly(token, &writer);
        create_objects(softhsm, writer, CREATED, &created_pause);
        _exit(0);
    }
    (void)close(ends[0]);
    *start = ends[1];
    return child;
}

/* The longest one's time on a processor, while there is a process. */
static double
search_longest(const CK_FUNCTION_LIST *softhsm, CK_SESSION_HANDLE reader,
               pid_t writer)
{
    char nothing[] = "nothing";
    CK_ATTRIBUTE template = { CKA_ID, nothing, sizeof(nothing) - 1 };
    double longest = 0;

    for (int i = 0;
         writer == 0 ? i < SEARCHES : waitpid(writer, NULL, WNOHANG) == 0;
         i++) {
        double begun = time_now(), took;

        must(softhsm->C_FindObjectsInit(reader, &template, 1),
             "C_FindObjectsInit");
        must(softhsm->C_FindObjectsFinal(reader), "C_FindObjectsFinal");
        took = time_now() - begun;
        if (took > longest)
            longest = took;
    }
    return longest;
}

int
main(void)
{
    static const char token[] = "written";
    CK_SESSION_HANDLE reader;
    const CK_FUNCTION_LIST *softhsm;
    double before, meanwhile;
    pid_t writer;
    int start;

    (void)fixture_softhsm("softhsm");
    fixture_softhsm_token(token);
    writer = make_writer(token, &start);
    softhsm = open_directly(token, &reader);
    create_objects(softhsm, reader, AT_FIRST, NULL);
    before = search_longest(softhsm, reader, 0);
    if (write(start, "", 1) != 1)
        fixture_fail("write");
    meanwhile = search_longest(softhsm, reader, writer);
    printf("## One search\n\nOne search of SoftHSM's among %u objects takes at "
           "most %.1f ms on "
           "a processor, and %.1f ms while another process creates %u more, "
           "one each millisecond.\n",
           (unsigned)AT_FIRST, before * 1e3, meanwhile * 1e3,
           (unsigned)CREATED);
    return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts processes that sign, and hears what they were answered. */
#include "tests/signers.h"

#include "tests/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_RUNNING = 16,
    NEWS_AT_ONCE = 4096,
    FIRST_TURNS = 256,
    PIPE_BYTES = 4096,
    NOBODY = 65534
};

/* One that every Debian has. */
#define GROUP "users"

/* Before all processes. */
struct signers_shared {
    atomic_bool is_over;
};

/* One answer, written at once: it is there or not. */
struct news {
    uint32_t thread;
    uint32_t turn;
    uint64_t rv;
};

struct signer_thread {
    size_t room;
    unsigned char *answers; /* enum signed_answer */
};

/* -- A process that signs -------------------------------------------------- */

struct worker {
    const struct signers *signers;
    const CK_FUNCTION_LIST *list;
    CK_SLOT_ID slot;
    unsigned thread;
    int news;
    pthread_t handle;
};

/* So many bytes are signed that a record of its length says whose it is. */
static CK_ULONG
length_of(unsigned thread, size_t turn)
{
    return 1 + turn * SIGNERS_THREADS + thread;
}

static CK_OBJECT_HANDLE
find_key(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE key = 0;
    CK_ULONG count = 0;

    if (list->C_FindObjectsInit(session, NULL, 0) != CKR_OK ||
        list->C_FindObjects(session, &key, 1, &count) != CKR_OK ||
        list->C_FindObjectsFinal(session) != CKR_OK || count != 1)
        fixture_fail("a signer finds no key");
    return key;
}

static CK_RV
sign(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session,
     CK_OBJECT_HANDLE key, CK_BYTE *data, CK_ULONG length)
{
    CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
    CK_BYTE signature[64];
    CK_ULONG room = sizeof(signature);
    CK_RV rv = list->C_SignInit(session, &mechanism, key);

    return rv != CKR_OK ? rv
                        : list->C_Sign(session, data, length, signature, &room);
}

static void *
work(void *argument)
{
    const struct worker *worker = argument;
    const struct signers *signers = worker->signers;
    size_t room = length_of(SIGNERS_THREADS, signers->turns);
    CK_SESSION_HANDLE session =
        fixture_session(worker->list, worker->slot, NULL);
    CK_OBJECT_HANDLE key = find_key(worker->list, session);
    struct news news = { .thread = worker->thread };
    CK_BYTE *data = mmap(NULL, room, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (data == MAP_FAILED)
        fixture_fail("no memory to sign");
    for (size_t turn = 0;
         turn < signers->turns && !atomic_load(&signers->shared->is_over);
         turn++) {
        news.turn = (uint32_t)turn;
        news.rv = sign(worker->list, session, key, data,
                       length_of(worker->thread, turn));
        if (write(worker->news, &news, sizeof(news)) != sizeof(news))
            fixture_fail("nobody hears a signer");
        /* Being denied takes no time, and may have to wait for others. */
        if (news.rv != CKR_OK)
            (void)sched_yield();
    }
    (void)munmap(data, room);
    return NULL;
}

/* Every second one of them is no member of the group. */
static void
give_up_root(const struct signers *signers)
{
    if (setgroups(signers->n % 4 == 0 ? 0 : 1, &signers->group) != 0 ||
        setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        fixture_fail("a signer cannot give up root: %s", strerror(errno));
}

static void
run_process(const struct signers *signers, int news)
{
    struct module *mux = module_open(fixture_p11mux());
    struct worker workers[SIGNERS_THREADS];
    CK_SLOT_ID slot;
    CK_RV rv;

    fixture_initialize(mux, NULL);
    slot = fixture_slot(mux->list, "null");
    if (signers->group != (gid_t)-1 && signers->n % 2 == 0)
        give_up_root(signers);
    for (unsigned i = 0; i < SIGNERS_THREADS; i++) {
        workers[i] = (struct worker){ signers, mux->list, slot, i, news, 0 };
        if (pthread_create(&workers[i].handle, NULL, work, &workers[i]) != 0)
            fixture_fail("a signer has no thread");
    }
    for (unsigned i = 0; i < SIGNERS_THREADS; i++)
        (void)pthread_join(workers[i].handle, NULL);
    rv = mux->list->C_Finalize(NULL);
    if (rv != CKR_OK)
        fixture_fail("a signer's C_Finalize: 0x%lx", rv);
    module_close(mux);
    _exit(0);
}

/* -- All of them ----------------------------------------------------------- */

void
signers_configure(struct signers *signers, const char *log, const char *more,
                  size_t turns)
{
    memset(signers, 0, sizeof(*signers));
    signers->log = log;
    signers->turns = turns;
    signers->group = (gid_t)-1;
    signers->shared =
        mmap(NULL, sizeof(*signers->shared), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (signers->shared == MAP_FAILED)
        fixture_fail("no memory for signers");
    fixture_setenv("P11MUX_NULL_OBJECTS", "1");
    fixture_config("modules = ( { name = \"null\"; path = \"%s\"; } );\n"
                   "tokens = ( { label = \"null\"; members = ( { module = "
                   "\"null\"; match = \"pkcs11:token=null\"; } ); } );\n"
                   "slot_refresh = \"1h\"; group = \"" GROUP "\";\n"
                   "audit = { file = \"%s\"; %s };\n",
                   fixture_test_module("null"), log, more);
}

void
signers_share(struct signers *signers, const char *folder)
{
    const struct group *group = getgrnam(GROUP);

    if (geteuid() != 0 || group == NULL ||
        chown(folder, (uid_t)-1, group->gr_gid) != 0)
        return;
    signers->group = group->gr_gid;
}

struct signer *
signers_start(struct signers *signers)
{
    struct signer *signer;
    int ends[2];

    signers->each =
        realloc(signers->each, (signers->n + 1) * sizeof(*signers->each));
    if (signers->each == NULL || pipe2(ends, O_CLOEXEC) != 0)
        fixture_fail("a signer cannot be heard");
    /* So that they are never far ahead of what is known of them. */
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
    signer = &signers->each[signers->n++];
    *signer = (struct signer){ .news = ends[0] };
    signer->threads = calloc(SIGNERS_THREADS, sizeof(*signer->threads));
    signer->pid = fork();
    if (signer->pid == 0) {
        for (size_t i = 0; i < signers->n; i++)
            if (signers->each[i].news >= 0)
                (void)close(signers->each[i].news);
        run_process(signers, ends[1]);
    }
    (void)close(ends[1]);
    if (signer->pid < 0 || signer->threads == NULL)
        fixture_fail("a signer cannot be started");
    return signer;
}

void
signers_kill(struct signer *signer)
{
    signer->is_meant = true;
    (void)kill(signer->pid, SIGKILL);
}

void
signers_end(struct signers *signers)
{
    atomic_store(&signers->shared->is_over, true);
}

static void
note(struct signer *signer, const struct news *news)
{
    struct signer_thread *thread = &signer->threads[news->thread];

    if (news->turn >= thread->room) {
        size_t room = thread->room == 0 ? FIRST_TURNS : 2 * thread->room;

        thread->answers = realloc(thread->answers, room);
        if (thread->answers == NULL)
            fixture_fail("no memory for a signer's answers");
        memset(thread->answers + thread->room, SIGNED_NOTHING,
               room - thread->room);
        thread->room = room;
    }
    if (news->rv != CKR_OK && news->rv != CKR_FUNCTION_FAILED)
        fixture_fail("a signer was answered 0x%llx",
                     (unsigned long long)news->rv);
    thread->answers[news->turn] =
        news->rv == CKR_OK ? SIGNED_KEPT : SIGNED_DENIED;
    *(news->rv == CKR_OK ? &signer->n_kept : &signer->n_denied) += 1;
}

static void
bury(struct signer *signer)
{
    int status = 0;

    (void)close(signer->news);
    signer->news = -1;
    if (waitpid(signer->pid, &status, 0) != signer->pid ||
        (signer->is_meant ? !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL
                          : status != 0))
        fixture_fail("the signer %d ended with status 0x%x", (int)signer->pid,
                     (unsigned)status);
}

static void
hear(struct signer *signer)
{
    static struct news news[NEWS_AT_ONCE];
    ssize_t length = read(signer->news, news, sizeof(news));

    if (length < 0)
        fixture_fail("a signer cannot be heard: %s", strerror(errno));
    if (length == 0)
        bury(signer);
    for (size_t i = 0; i < (size_t)length / sizeof(news[0]); i++)
        note(signer, &news[i]);
}

bool
signers_read(struct signers *signers)
{
    struct pollfd polls[MOST_RUNNING];
    struct signer *heard[MOST_RUNNING];
    nfds_t n = 0;

    for (size_t i = 0; i < signers->n && n < MOST_RUNNING; i++)
        if (signers->each[i].news >= 0) {
            polls[n] = (struct pollfd){ .fd = signers->each[i].news,
                                        .events = POLLIN };
            heard[n++] = &signers->each[i];
        }
    if (n == 0)
        return false;
    if (poll(polls, n, -1) < 0)
        fixture_fail("signers cannot be heard: %s", strerror(errno));
    for (nfds_t i = 0; i < n; i++)
        if (polls[i].revents != 0)
            hear(heard[i]);
    return true;
}

size_t
signers_count_kept(const struct signers *signers)
{
    size_t n = 0;

    for (size_t i = 0; i < signers->n; i++)
        n += signers->each[i].n_kept;
    return n;
}

size_t
signers_count_denied(const struct signers *signers)
{
    size_t n = 0;

    for (size_t i = 0; i < signers->n; i++)
        n += signers->each[i].n_denied;
    return n;
}

enum signed_answer
signers_answer(const struct signer *signer, unsigned thread, size_t turn)
{
    const struct signer_thread *its = &signer->threads[thread];

    return turn < its->room ? its->answers[turn] : SIGNED_NOTHING;
}

void
signers_free(struct signers *signers)
{
    for (size_t i = 0; i < signers->n; i++) {
        for (unsigned k = 0; k < SIGNERS_THREADS; k++)
            free(signers->each[i].threads[k].answers);
        free(signers->each[i].threads);
    }
    free(signers->each);
    (void)munmap(signers->shared, sizeof(*signers->shared));
}

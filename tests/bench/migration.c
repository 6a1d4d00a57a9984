/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What `p11mux migrate run` costs over what the tokens themselves take for it,
 * as tables in Markdown: 100 P-256 pairs, then 500, go from one token of
 * SoftHSM to another, their public halves made and their private ones wrapped
 * and unwrapped; how long SoftHSM takes for one search among so many; and how
 * long the longest signature takes beside it.
 */
#include "tests/fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST_PAIRS = 500, TEXT = 16, MOST_WRAPPED = 512 };

static unsigned n_pairs;
static const char *old; /* the token that has them */

struct times {
    double wall; /* seconds */
    double cpu;
};

static struct times
times_now(int whose)
{
    struct timespec now;
    struct rusage usage;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)getrusage(whose, &usage);
    return (struct times){
        (double)now.tv_sec + (double)now.tv_nsec / 1e9,
        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    };
}

static struct times
times_since(int whose, struct times begun)
{
    struct times now = times_now(whose);

    return (struct times){ now.wall - begun.wall, now.cpu - begun.cpu };
}

static void
must(CK_RV rv, const char *what)
{
    if (rv != CKR_OK)
        fixture_fail("%s: 0x%lx", what, rv);
}

/* -- The tokens, asked directly ------------------------------------------- */

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
                          0xce, 0x3d, 0x03, 0x01, 0x07 };

static void
make_pair(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session, unsigned i,
          struct fixture_pair *out)
{
    CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
    char text[TEXT];
    CK_ULONG length = (CK_ULONG)snprintf(text, sizeof(text), "key-%u", i);
    CK_ATTRIBUTE public_template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_VERIFY, &yes, sizeof(yes) },
        { CKA_ID, text, length },
        { CKA_LABEL, text, length },
        { CKA_EC_PARAMS, p256, sizeof(p256) },
    };
    CK_ATTRIBUTE private_template[] = {
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { CKA_SIGN, &yes, sizeof(yes) },
        { CKA_ID, text, length },
        { CKA_LABEL, text, length },
    };

    must(list->C_GenerateKeyPair(session, &mechanism, public_template, 5,
                                 private_template, 7, &out->public_key,
                                 &out->private_key),
         "C_GenerateKeyPair");
}

/* The same AES key in each session. */
static CK_OBJECT_HANDLE
make_wrapping(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session)
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_BYTE value[32] = { 1 };
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class, sizeof(class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_VALUE, value, sizeof(value) },
        { CKA_WRAP, &yes, sizeof(yes) },
        { CKA_UNWRAP, &yes, sizeof(yes) },
    };
    CK_OBJECT_HANDLE key = 0;

    must(list->C_CreateObject(session, template, 5, &key), "C_CreateObject");
    return key;
}

static void
copy_public(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE from,
            CK_OBJECT_HANDLE key, CK_SESSION_HANDLE to)
{
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_EC;
    char id[TEXT];
    CK_BYTE point[80];
    CK_ATTRIBUTE read[] = {
        { CKA_ID, id, sizeof(id) },
        { CKA_EC_POINT, point, sizeof(point) },
    };
    CK_OBJECT_HANDLE copy = 0;

    must(list->C_GetAttributeValue(from, key, read, 2), "C_GetAttributeValue");
    {
        CK_ATTRIBUTE template[] = {
            { CKA_CLASS, &class, sizeof(class) },
            { CKA_KEY_TYPE, &type, sizeof(type) },
            { CKA_TOKEN, &yes, sizeof(yes) },
            { CKA_PRIVATE, &no, sizeof(no) },
            { CKA_VERIFY, &yes, sizeof(yes) },
            { CKA_ID, id, read[0].ulValueLen },
            { CKA_LABEL, id, read[0].ulValueLen },
            { CKA_EC_PARAMS, p256, sizeof(p256) },
            { CKA_EC_POINT, point, read[1].ulValueLen },
        };

        must(list->C_CreateObject(to, template, 9, &copy), "C_CreateObject");
    }
}

/* A key, and the sessions and wrapping keys of both sides. */
struct way {
    CK_SESSION_HANDLE from, to;
    CK_OBJECT_HANDLE wraps, unwraps;
};

static void
copy_private(const CK_FUNCTION_LIST *list, const struct way *way,
             CK_OBJECT_HANDLE key, unsigned i)
{
    CK_MECHANISM mechanism = { CKM_AES_KEY_WRAP_PAD, NULL, 0 };
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_KEY_TYPE type = CKK_EC;
    CK_BYTE wrapped[MOST_WRAPPED];
    CK_ULONG wrapped_length = sizeof(wrapped);
    char text[TEXT];
    CK_ULONG length = (CK_ULONG)snprintf(text, sizeof(text), "key-%u", i);
    CK_ATTRIBUTE template[] = {
        { CKA_CLASS, &class, sizeof(class) },
        { CKA_KEY_TYPE, &type, sizeof(type) },
        { CKA_TOKEN, &yes, sizeof(yes) },
        { CKA_PRIVATE, &yes, sizeof(yes) },
        { CKA_SENSITIVE, &yes, sizeof(yes) },
        { CKA_EXTRACTABLE, &yes, sizeof(yes) },
        { CKA_SIGN, &yes, sizeof(yes) },
        { CKA_ID, text, length },
        { CKA_LABEL, text, length },
    };
    CK_OBJECT_HANDLE copy = 0;

    must(list->C_WrapKey(way->from, &mechanism, way->wraps, key, wrapped,
                         &wrapped_length),
         "C_WrapKey");
    must(list->C_UnwrapKey(way->to, &mechanism, way->unwraps, wrapped,
                           wrapped_length, template, 9, &copy),
         "C_UnwrapKey");
}

/* For one key among all of them. */
static double
measure_search(const CK_FUNCTION_LIST *list, CK_SESSION_HANDLE session)
{
    enum { TIMES = 20 };
    char id[] = "key-7";
    CK_ATTRIBUTE template = { CKA_ID, id, sizeof(id) - 1 };
    struct times begun = times_now(RUSAGE_SELF);

    for (int i = 0; i < TIMES; i++) {
        must(list->C_FindObjectsInit(session, &template, 1),
             "C_FindObjectsInit");
        must(list->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    }
    return times_since(RUSAGE_SELF, begun).cpu / TIMES;
}

/* Makes all pairs on one token, and copies them to another one. */
static struct times
measure_direct(const char *new, double *search)
{
    static struct fixture_pair pairs[MOST_PAIRS];
    struct module *softhsm = module_open(FIXTURE_SOFTHSM);
    const CK_FUNCTION_LIST *list = softhsm->list;
    struct times begun, took;
    struct way way = { 0 };

    fixture_initialize(softhsm, NULL);
    way.from = fixture_session(list, fixture_slot(list, old), FIXTURE_PIN);
    way.to = fixture_session(list, fixture_slot(list, new), FIXTURE_PIN);
    way.wraps = make_wrapping(list, way.from);
    way.unwraps = make_wrapping(list, way.to);
    for (unsigned i = 0; i < n_pairs; i++)
        make_pair(list, way.from, i, &pairs[i]);
    begun = times_now(RUSAGE_SELF);
    for (unsigned i = 0; i < n_pairs; i++) {
        copy_public(list, way.from, pairs[i].public_key, way.to);
        copy_private(list, &way, pairs[i].private_key, i);
    }
    took = times_since(RUSAGE_SELF, begun);
    *search = measure_search(list, way.to);
    (void)list->C_Finalize(NULL);
    module_close(softhsm);
    return took;
}

/* -- Somebody who signs meanwhile ------------------------------------------ */

static const CK_FUNCTION_LIST *list;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static atomic_bool is_over;

/* On a busy machine the clock says less than the time on a processor. */
static void *
sign_all_the_time(void *argument)
{
    struct times *longest = argument;

    *longest = (struct times){ 0 };
    while (!atomic_load(&is_over)) {
        CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
        CK_BYTE hash[32] = { 1 }, signature[64];
        CK_ULONG length = sizeof(signature);
        struct times begun = times_now(RUSAGE_THREAD), took;

        must(list->C_SignInit(session, &mechanism, key), "C_SignInit");
        must(list->C_Sign(session, hash, sizeof(hash), signature, &length),
             "C_Sign");
        took = times_since(RUSAGE_THREAD, begun);
        if (took.wall > longest->wall)
            longest->wall = took.wall;
        if (took.cpu > longest->cpu)
            longest->cpu = took.cpu;
    }
    return NULL;
}

static struct times
sign_beside(const char *program)
{
    pthread_t thread;
    struct times longest;

    atomic_store(&is_over, false);
    pthread_create(&thread, NULL, sign_all_the_time, &longest);
    fixture_run("sh", "-c", program, NULL);
    atomic_store(&is_over, true);
    pthread_join(thread, NULL);
    return longest;
}

/* -- The tool ---------------------------------------------------------------
 */

/* The token "moving", from the token "old" to the one that is named. */
static void
configure(const char *new)
{
    fixture_config(
        "modules = ( { name = \"soft\"; path = \"%s\"; } );\n"
        "tokens = ( { label = \"moving\"; mode = \"migrate\"; pin = "
        "\"file:%s\";\n"
        "  members = ( { module = \"soft\"; match = \"pkcs11:token=%s\"; "
        "role = \"old\"; },\n"
        "    { module = \"soft\"; match = \"pkcs11:token=%s\"; role = \"new\"; "
        "} ); } );\n"
        "others = \"hide\"; state_dir = \"%s\"; runtime_dir = \"%s\";\n"
        "log = { level = \"error\"; };\n",
        FIXTURE_SOFTHSM, fixture_path("pin"), old, new,
        fixture_make_folder(fixture_text("state-%s", new)),
        fixture_make_folder(fixture_text("run-%s", new)));
}

/* One at a time: SoftHSM fails some where threads create side by side. */
static const char run_tool[] =
    "\"$P11MUX_TOOL\" migrate run moving --login --json --jobs 1 >/dev/null";

static struct times
measure_tool(const char *new)
{
    struct times begun;

    configure(new);
    begun = times_now(RUSAGE_CHILDREN);
    fixture_run("sh", "-c", run_tool, NULL);
    return times_since(RUSAGE_CHILDREN, begun);
}

static void
measure_stall(const char *new)
{
    static const char some_time[] = "sleep 5";
    struct module *mux;
    struct times alone, beside;

    configure(new);
    mux = module_open(fixture_p11mux());
    list = mux->list;
    fixture_initialize(mux, NULL);
    session = fixture_session(list, fixture_slot(list, "moving"), FIXTURE_PIN);
    key = fixture_find_pair(list, session, "key-7").private_key;
    alone = sign_beside(some_time);
    beside = sign_beside(run_tool);
    (void)list->C_Finalize(NULL);
    module_close(mux);
    printf("\nThe longest signature of a thread that signs all the time: "
           "%.1f ms in 5 s alone, %.1f ms while its key and the others move; "
           "on a processor at most %.1f ms, and %.1f ms.\n",
           alone.wall * 1e3, beside.wall * 1e3, alone.cpu * 1e3,
           beside.cpu * 1e3);
}

static void
print(const char *name, struct times took, struct times direct)
{
    printf("| %s | %.2f s | %.2f s | %.2f | %.2f |\n", name, took.cpu,
           took.wall, took.cpu / direct.cpu, took.wall / direct.wall);
}

static void
measure(unsigned count)
{
    const char *tokens[] = { fixture_text("old-%u", count),
                             fixture_text("direct-%u", count),
                             fixture_text("quiet-%u", count),
                             fixture_text("busy-%u", count) };
    struct times direct, tool;
    double search;

    n_pairs = count;
    old = tokens[0];
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        fixture_softhsm_token(tokens[i]);
    direct = measure_direct(tokens[1], &search);
    tool = measure_tool(tokens[2]);
    printf("\n| %u P-256 pairs, SoftHSM to SoftHSM | CPU | by the clock | "
           "CPU / direct | clock / direct |\n|---|---|---|---|---|\n",
           n_pairs);
    print("made, wrapped and unwrapped, directly", direct, direct);
    print("p11mux migrate run --jobs 1", tool, direct);
    printf("\nOne search among these %u objects takes SoftHSM %.1f ms.\n",
           2 * n_pairs, search * 1e3);
    (void)fflush(stdout);
    measure_stall(tokens[3]);
    (void)fflush(stdout);
}

int
main(void)
{
    (void)fixture_softhsm("softhsm");
    (void)fixture_write("pin", 0600, "%s", FIXTURE_PIN);
    printf("## Moving 200 and 1,000 objects\n");
    measure(100);
    measure(MOST_PAIRS);
    return 0;
}

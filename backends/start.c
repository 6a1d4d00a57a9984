/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls C_Initialize and judges its answer. */
#include "backends/start.h"

#include "backends/sigpipe.h"
#include "common/back-off.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/names.h"

#include <stdio.h>
#include <string.h>

static const struct back_off back_off = { .first_ms = 1250,
                                          .last_ms = 60 * 1000 };

static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

/* What usually helps; CK_RV without a row: see what the module itself says. */
static const struct {
    CK_RV rv;
    const char *advice;
} advices[] = {
    { CKR_ARGUMENTS_BAD, "the module may need init_args, or other ones" },
    { CKR_NEED_TO_CREATE_THREADS,
      "the module needs threads, which the application forbids" },
    { CKR_CANT_LOCK,
      "the module cannot be used by an application with threads" },
    { CKR_CRYPTOKI_ALREADY_INITIALIZED,
      "it was inherited over fork and cannot be started again; set fork_mode "
      "= \"second-instance\"" },
    { CKR_FUNCTION_NOT_SUPPORTED, "the module has no C_Initialize" },
};

static const char *
advice_for(CK_RV rv)
{
    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
        if (advices[i].rv == rv)
            return advices[i].advice;
    return "see what the module itself logs, and its settings";
}

/* One attempt: everything that is passed along from call to call. */
struct attempt {
    const struct start_request *request;
    enum library_state was;
    CK_RV rv;
    bool unlocked; /* the last call was made without CKF_OS_LOCKING_OK */
};

static CK_RV
finalize(const CK_FUNCTION_LIST_3_2 *functions, const char *name)
{
    struct sigpipe sigpipe;
    char text[NAME_LENGTH];
    CK_RV rv;

    sigpipe_hold(&sigpipe);
    inside = true;
    rv = functions->C_Finalize(NULL);
    inside = false;
    sigpipe_release(&sigpipe);
    if (rv != CKR_OK)
        log_write(LOG_LEVEL_INFO, "module \"%s\": C_Finalize: %s", name,
                  name_of(NAME_CKR, rv, text));
    return rv;
}

static void
initialize(struct attempt *attempt, CK_FLAGS flags)
{
    CK_C_INITIALIZE_ARGS args = { .flags = flags };
    struct sigpipe sigpipe;

    if (!attempt->request->may_create_threads)
        args.flags |= CKF_LIBRARY_CANT_CREATE_OS_THREADS;
    /* The pointer in PKCS#11's structure has no const; nobody writes here. */
    memcpy(&args.pReserved, &attempt->request->init_args,
           sizeof(args.pReserved));
    sigpipe_hold(&sigpipe);
    inside = true;
    attempt->rv = attempt->request->functions->C_Initialize(&args);
    inside = false;
    sigpipe_release(&sigpipe);
}

/* R4.1: never with NULL, never with the application's callbacks. */
static void
initialize_any(struct attempt *attempt)
{
    attempt->unlocked = false;
    initialize(attempt, CKF_OS_LOCKING_OK);
    if (attempt->rv != CKR_CANT_LOCK)
        return;
    attempt->unlocked = true;
    initialize(attempt, 0);
}

/* The child's action of R5.5, and what came late after C_Finalize. */
static void
initialize_after_past(struct attempt *attempt)
{
    const struct start_request *request = attempt->request;

    if (attempt->was == LIBRARY_OURS ||
        (attempt->was == LIBRARY_INHERITED &&
         request->fork_mode == FORK_FINALIZE_REINIT))
        finalize(request->functions, request->name);
    initialize_any(attempt);
    if (attempt->rv == CKR_CRYPTOKI_ALREADY_INITIALIZED &&
        attempt->was == LIBRARY_INHERITED &&
        request->fork_mode == FORK_REINIT) {
        finalize(request->functions, request->name);
        initialize_any(attempt);
    }
}

static void
fail(struct start_result *out, CK_RV rv)
{
    char name[NAME_LENGTH];

    snprintf(out->why, sizeof(out->why), "C_Initialize: %s; %s",
             name_of(NAME_CKR, rv, name), advice_for(rv));
}

/* What the library's state is from now on. */
static enum library_state
judge(struct library *library, const struct attempt *attempt,
      struct start_result *out)
{
    char sibling[128];

    if (attempt->rv == CKR_OK)
        return LIBRARY_OURS;
    /* After a fork ALREADY_INITIALIZED is an error too (R5.5). */
    if (attempt->rv != CKR_CRYPTOKI_ALREADY_INITIALIZED ||
        attempt->was == LIBRARY_INHERITED) {
        fail(out, attempt->rv);
        return attempt->was == LIBRARY_INHERITED ? LIBRARY_INHERITED
                                                 : LIBRARY_IDLE;
    }
    if (attempt->was == LIBRARY_OURS)
        return LIBRARY_OURS; /* its C_Finalize had failed */
    /* DESIGN 3: what p11mux loaded twice is never somebody else's. */
    if (library_find_sibling(library, sibling, sizeof(sibling))) {
        out->is_refused = true;
        snprintf(out->why, sizeof(out->why),
                 "C_Initialize: CKR_CRYPTOKI_ALREADY_INITIALIZED: its copy of "
                 "%s is not independent of the one of module \"%s\"; use one "
                 "entry for both",
                 library_file(library), sibling);
        return LIBRARY_IDLE;
    }
    return LIBRARY_FOREIGN;
}

/* Inherited state that is not to be touched; NULL: there is none. */
static const char *
forbidden(const struct attempt *attempt)
{
    enum config_fork_mode mode = attempt->request->fork_mode;

    if (attempt->was != LIBRARY_INHERITED && attempt->was != LIBRARY_TORN &&
        attempt->was != LIBRARY_INHERITED_FOREIGN)
        return NULL;
    if (mode == FORK_UNSUPPORTED)
        return "the module cannot be used after a fork (fork_mode = "
               "\"unsupported\"); initialise PKCS#11 only after forking";
    if (attempt->was == LIBRARY_TORN)
        return "the process forked while another thread was inside the "
               "module's C_Initialize or C_Finalize, and there is no private "
               "copy to use in its place";
    if (mode == FORK_SECOND_INSTANCE)
        return "the module needs a private copy after a fork (fork_mode = "
               "\"second-instance\") and there is none";
    return NULL;
}

static void
get_info(const CK_FUNCTION_LIST_3_2 *functions, CK_INFO *out)
{
    if (functions->C_GetInfo(out) != CKR_OK)
        memset(out, 0, sizeof(*out));
}

/* The library is this thread's: LIBRARY_BUSY to all others. */
static void
run_claimed(struct library *library, struct attempt *attempt,
            struct start_result *out)
{
    const struct start_request *request = attempt->request;
    struct library_outcome outcome = { .state = attempt->was,
                                       .starter = request->name };
    const char *why = forbidden(attempt);

    if (why != NULL) {
        out->is_refused = true;
        snprintf(out->why, sizeof(out->why), "%s", why);
    } else {
        uint64_t begin = clock_now();

        out->was_called = true;
        initialize_after_past(attempt);
        out->start_us = (clock_now() - begin) / 1000;
        outcome.state = judge(library, attempt, out);
        out->is_up =
            outcome.state == LIBRARY_OURS || outcome.state == LIBRARY_FOREIGN;
    }
    if (out->is_up) {
        out->serialise = attempt->unlocked;
        get_info(request->functions, &out->info);
        outcome.info = &out->info;
        outcome.serialise = out->serialise;
    }
    out->generation = library_settle(library, &outcome);
}

/* What keeps this one does not keep those who come after it in line. */
static bool
step_aside(struct library *library, const struct start_request *request)
{
    start_turn_give(request->turn);
    return library_await(library, request->given_up) &&
           start_turn_take(request->turn, request->given_up);
}

void
start_run(struct library *library, const struct start_request *request,
          struct start_result *out)
{
    struct attempt attempt = { .request = request };
    enum library_claim claim;

    memset(out, 0, sizeof(*out));
    for (;;) {
        claim = library_claim(library, &attempt.was, &out->generation);
        if (claim != LIBRARY_OTHERS)
            break;
        if (!step_aside(library, request)) {
            snprintf(out->why, sizeof(out->why),
                     "stopped before it was started");
            return;
        }
    }
    if (claim == LIBRARY_CLAIMED) {
        run_claimed(library, &attempt, out);
        return;
    }
    out->is_up = true;
    out->serialise = library_wants_serialise(library);
    library_info(library, &out->info);
}

static void
end_released(struct library *library, const CK_FUNCTION_LIST_3_2 *functions,
             const char *name)
{
    struct library_outcome outcome = { .state = LIBRARY_IDLE, .starter = name };
    CK_RV rv = finalize(functions, name);

    /* Still initialised, it seems, and by nobody else. */
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_NOT_INITIALIZED)
        outcome.state = LIBRARY_OURS;
    library_orphan(library, library_settle(library, &outcome));
}

/* The turn first: a process that forks while this one is in line has children
 * that find the module as it is. */
void
start_end(struct library *library, const CK_FUNCTION_LIST_3_2 *functions,
          const char *name, unsigned generation)
{
    struct start_turn turn = { 0 };

    start_turn_take(&turn, NULL);
    if (library_release(library, generation))
        end_released(library, functions, name);
    start_turn_give(&turn);
}

bool
start_is_inside(void)
{
    return inside;
}

uint64_t
start_backoff_ms(unsigned failures, uint32_t random)
{
    return back_off_ms(&back_off, failures, random);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known of vendors' modules (SEMANTICS 11 and 12). */
#include "backends/profile.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

enum { MAX_PATTERNS = 3 };

#define ROOM_ERROR(name) (UINT64_C(1) << ROOM_##name)
#define ROOM_ALWAYS                                                            \
    (ROOM_ERROR(DEVICE_MEMORY) | ROOM_ERROR(FUNCTION_NOT_SUPPORTED)) /* R8.1   \
                                                                      */

#define LIST(rows)                                                             \
    {                                                                          \
        rows, sizeof(rows) / sizeof((rows)[0])                                 \
    }
#define ENTRY(name) offsetof(CK_FUNCTION_LIST_3_2, name)

/* Its session with the device is one for the slot: only another C_Initialize
 * opens it again. */
static const struct config_class yubihsm_classes[] = {
    { CKR_SESSION_CLOSED, 0, OUTCOME_MEMBER_LOST },
    { CKR_FUNCTION_REJECTED, 0, OUTCOME_USER },
};

/* So many requests a second, and no more. */
static const struct config_class cloudhsm_classes[] = {
    { CKR_DEVICE_ERROR, ENTRY(C_GetAttributeValue), OUTCOME_THROTTLED },
    { CKR_FUNCTION_FAILED, 0, OUTCOME_THROTTLED },
};

static const struct config_class luna_classes[] = {
    { CKR_DEVICE_ERROR, 0, OUTCOME_MEMBER_LOST },
};

/* The device forgets sessions that have been idle. */
static const struct config_class utimaco_classes[] = {
    { CKR_SESSION_HANDLE_INVALID, 0, OUTCOME_SESSION_LOST },
};

/* C_CreateObject answers CKR_OK for the session, and CKR_GENERAL_ERROR for the
 * token, whose database has no place for it. */
static const CK_ATTRIBUTE_TYPE nss_session_only[] = { CKA_ALLOWED_MECHANISMS };
static const CK_OBJECT_CLASS nss_session_objects[] = { CKO_DATA };

/* All patterns are sought anywhere in the text, whatever the case. */
struct row {
    const char *name;
    const char *files[MAX_PATTERNS];
    const char *manufacturer; /* both, where both are given */
    const char *description;
    /* It hands calls on, C_GetInfo too, to another module: known by its file,
     * its settings are laid over those of the module behind it. */
    bool is_relay;
    struct config_profile settings; /* what differs from the first row */
    struct profile_classes classes;
    struct profile_attributes session_only;
    struct profile_objects session_objects;
    CK_VERSION safe_since;
};

/*
 * The first row holds the defaults; of the others the first that fits is
 * taken. A fork_mode of "second-instance" was chosen from what is known of
 * the module, not tried on the device.
 */
static const struct row rows[] = {
    { .name = "generic",
      .settings = { .serialise = SERIALISE_NO,
                    .fork_mode = FORK_FINALIZE_REINIT,
                    .cancel = CANCEL_CLOSE,
                    .slot_events = SLOT_EVENTS_POLL,
                    .serial = SERIAL_REAL,
                    .rw_policy = RW_POLICY_MATCH,
                    .call_timeout_ms = 30 * 1000,
                    .keepalive_ms = NO_TIME,
                    .login_scope = SCOPED_APP,
                    .handle_scope = SCOPED_APP,
                    .handle_reuse = ANSWER_NO,
                    .dlclose = ANSWER_NO,
                    .wrap_auth = ANSWER_NO,
                    .token_default = ANSWER_NO,
                    .sigpipe = ANSWER_NO,
                    .create_overwrites = ANSWER_NO,
                    .create_unchecked = ANSWER_NO,
                    .room_errors = ROOM_ALWAYS } },
    { .name = "softhsm",
      .files = { "softhsm" },
      .manufacturer = "SoftHSM",
      /* Does not look whether the last bytes of a file were written. */
      .settings = { .create_unchecked = ANSWER_YES,
                    .room_errors = ROOM_ALWAYS | ROOM_ERROR(GENERAL_ERROR) |
                                   ROOM_ERROR(FUNCTION_FAILED) } },
    { .name = "opensc",
      .files = { "opensc-pkcs11" },
      .manufacturer = "OpenSC",
      /* Notices the fork itself. Its C_SessionCancel does less than it says. */
      .settings = { .fork_mode = FORK_REINIT,
                    .handle_reuse = ANSWER_YES,
                    .room_errors =
                        ROOM_ALWAYS | ROOM_ERROR(TEMPLATE_INCONSISTENT) } },
    { .name = "ykcs11",
      .files = { "ykcs11" },
      .manufacturer = "Yubico",
      .description = "PIV Library",
      /* 16 sessions over all its slots, and no more for another process. */
      .settings = { .rw_policy = RW_POLICY_RW_ONLY,
                    .max_sessions = 8,
                    .handle_reuse = ANSWER_YES,
                    .create_overwrites = ANSWER_YES,
                    .room_errors = ROOM_ALWAYS |
                                   ROOM_ERROR(ATTRIBUTE_VALUE_INVALID) |
                                   ROOM_ERROR(ATTRIBUTE_TYPE_INVALID) |
                                   ROOM_ERROR(DATA_LEN_RANGE) |
                                   ROOM_ERROR(USER_TYPE_INVALID) } },
    { .name = "yubihsm",
      .files = { "yubihsm_pkcs11" },
      .manufacturer = "Yubico",
      .description = "YubiHSM",
      /* Half a minute without a call and the device has forgotten us. */
      .settings = { .fork_mode = FORK_SECOND_INSTANCE,
                    .keepalive_ms = 15 * 1000 },
      .classes = LIST(yubihsm_classes) },
    { .name = "cloudhsm",
      .files = { "libcloudhsm_pkcs11" },
      .description = "CloudHSM",
      .settings = { .fork_mode = FORK_SECOND_INSTANCE,
                    .rw_policy = RW_POLICY_RW_ONLY,
                    .handle_scope = SCOPED_SESSION,
                    .token_default = ANSWER_YES,
                    .slot_events = SLOT_EVENTS_OFF,
                    .room_errors = ROOM_ALWAYS | ROOM_ERROR(FUNCTION_FAILED) |
                                   ROOM_ERROR(TEMPLATE_INCONSISTENT) },
      .classes = LIST(cloudhsm_classes) },
    { .name = "luna",
      .files = { "libCryptoki2" },
      .description = "Chrystoki",
      /* A group of its own recovers inside a call, in a minute (R7.4). */
      .settings = { .fork_mode = FORK_SECOND_INSTANCE,
                    .call_timeout_ms = 120 * 1000 },
      .classes = LIST(luna_classes) },
    { .name = "nshield", .files = { "libcknfast" }, .manufacturer = "nCipher" },
    { .name = "utimaco",
      .files = { "libcs_pkcs11", "libcs2_pkcs11" },
      .manufacturer = "Utimaco",
      .settings = { .keepalive_ms = 600 * 1000 },
      .classes = LIST(utimaco_classes) },
    { .name = "nethsm",
      .files = { "nethsm_pkcs11", "nethsm-pkcs11" },
      .description = "NetHSM",
      .settings = { .fork_mode = FORK_SECOND_INSTANCE,
                    .login_scope = SCOPED_SESSION,
                    .create_overwrites = ANSWER_YES,
                    .room_errors = ROOM_ALWAYS | ROOM_ERROR(ARGUMENTS_BAD) |
                                   ROOM_ERROR(KEY_HANDLE_INVALID) } },
    { .name = "tpm2-pkcs11",
      .files = { "tpm2_pkcs11" },
      .description = "TPM2.0 Cryptoki",
      /* A child that uses the inherited connection kills its parent's. */
      .settings = { .serialise = SERIALISE_BACKEND,
                    .fork_mode = FORK_UNSUPPORTED,
                    .handle_reuse = ANSWER_YES,
                    .room_errors = ROOM_ALWAYS |
                                   ROOM_ERROR(ATTRIBUTE_VALUE_INVALID) |
                                   ROOM_ERROR(TEMPLATE_INCOMPLETE),
                    .serial = SERIAL_CONSTANT } },
    { .name = "opencryptoki",
      .files = { "opencryptoki", "PKCS11_API" },
      .description = "openCryptoki",
      /* Finalises itself in the child. */
      .settings = { .fork_mode = FORK_REINIT,
                    .handle_reuse = ANSWER_YES,
                    .room_errors = ROOM_ALWAYS | ROOM_ERROR(HOST_MEMORY),
                    .serial = SERIAL_CONSTANT },
      /* A token object whose attributes were set since its process has read it
       * is read again at each use, under the hands of who uses it. */
      .safe_since = { 3, 14 } },
    { .name = "kryoptic",
      .files = { "kryoptic" },
      .manufacturer = "Kryoptic",
      .settings = { .fork_mode = FORK_SECOND_INSTANCE } },
    { .name = "kmsp11",
      .files = { "libkmsp11" },
      .settings = { .fork_mode = FORK_REINIT } },
    { .name = "nss",
      .files = { "libsoftokn3" },
      .manufacturer = "Mozilla",
      .settings = { .serial = SERIAL_CONSTANT },
      .session_only = LIST(nss_session_only),
      .session_objects = LIST(nss_session_objects) },
    { .name = "p11-kit-trust",
      .files = { "p11-kit-trust" },
      .description = "PKCS#11 Kit Trust Module",
      .settings = { .serial = SERIAL_CONSTANT } },
    { .name = "p11-kit-client",
      .files = { "p11-kit-client" },
      .manufacturer = "p11-kit",
      .is_relay = true,
      /* One socket, and SIGPIPE when its server goes. It notices the fork
       * itself, and complains of a C_Finalize in the child. */
      .settings = { .serialise = SERIALISE_BACKEND,
                    .fork_mode = FORK_REINIT,
                    .sigpipe = ANSWER_YES } },
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct row *
find_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < N_ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* A pattern that is not given does not speak against the row. */
static bool
agrees(const char *pattern, const char *text)
{
    return pattern == NULL ||
           (text != NULL && strcasestr(text, pattern) != NULL);
}

static const struct row *
find_info(const char *manufacturer, const char *description)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        const struct row *row = &rows[i];

        if ((row->manufacturer != NULL || row->description != NULL) &&
            agrees(row->manufacturer, manufacturer) &&
            agrees(row->description, description))
            return row;
    }
    return NULL;
}

static const struct row *
find_file(const char *path)
{
    const char *slash = path == NULL ? NULL : strrchr(path, '/');
    const char *file = slash == NULL ? path : slash + 1;

    for (size_t i = 0; file != NULL && i < N_ROWS; i++)
        for (size_t j = 0; j < MAX_PATTERNS && rows[i].files[j] != NULL; j++)
            if (strcasestr(file, rows[i].files[j]) != NULL)
                return &rows[i];
    return NULL;
}

/* What `over` says replaces what was there. */
static void
lay_over(const struct config_profile *over, struct config_profile *settings)
{
    if (over->serialise != SERIALISE_UNSET)
        settings->serialise = over->serialise;
    if (over->fork_mode != FORK_UNSET)
        settings->fork_mode = over->fork_mode;
    if (over->cancel != CANCEL_UNSET)
        settings->cancel = over->cancel;
    if (over->slot_events != SLOT_EVENTS_UNSET)
        settings->slot_events = over->slot_events;
    if (over->serial != SERIAL_UNSET)
        settings->serial = over->serial;
    if (over->rw_policy != RW_POLICY_UNSET)
        settings->rw_policy = over->rw_policy;
    if (over->login_scope != SCOPED_UNSET)
        settings->login_scope = over->login_scope;
    if (over->handle_scope != SCOPED_UNSET)
        settings->handle_scope = over->handle_scope;
    if (over->max_sessions != 0)
        settings->max_sessions = over->max_sessions;
    if (over->call_timeout_ms != 0)
        settings->call_timeout_ms = over->call_timeout_ms;
    if (over->keepalive_ms != 0)
        settings->keepalive_ms = over->keepalive_ms;
    if (over->handle_reuse != ANSWER_UNSET)
        settings->handle_reuse = over->handle_reuse;
    if (over->dlclose != ANSWER_UNSET)
        settings->dlclose = over->dlclose;
    if (over->wrap_auth != ANSWER_UNSET)
        settings->wrap_auth = over->wrap_auth;
    if (over->token_default != ANSWER_UNSET)
        settings->token_default = over->token_default;
    if (over->create_overwrites != ANSWER_UNSET)
        settings->create_overwrites = over->create_overwrites;
    if (over->create_unchecked != ANSWER_UNSET)
        settings->create_unchecked = over->create_unchecked;
    if (over->room_errors != 0)
        settings->room_errors = over->room_errors;
    if (over->sigpipe != ANSWER_UNSET)
        settings->sigpipe = over->sigpipe;
    if (over->mechanisms != NULL) {
        settings->mechanisms = over->mechanisms;
        settings->n_mechanisms = over->n_mechanisms;
    }
    if (over->classes != NULL) {
        settings->classes = over->classes;
        settings->n_classes = over->n_classes;
    }
}

void
profile_resolve(const char *wanted, const char *path, const char *manufacturer,
                const char *description, const struct config_profile *settings,
                struct profile *out)
{
    const struct row *file = find_file(path);
    const struct row *row = find_name(wanted);
    const struct row *relay =
        row == NULL && file != NULL && file->is_relay ? file : NULL;

    if (row == NULL)
        row = find_info(manufacturer, description);
    if (row == NULL)
        row = file != NULL ? file : &rows[0];
    out->name = relay != NULL ? relay->name : row->name;
    out->settings = rows[0].settings;
    out->classes = row->classes;
    out->session_only = row->session_only;
    out->session_objects = row->session_objects;
    out->safe_since = row->safe_since;
    lay_over(&row->settings, &out->settings);
    if (relay != NULL)
        lay_over(&relay->settings, &out->settings);
    if (settings != NULL)
        lay_over(settings, &out->settings);
}

static bool
is_older(CK_VERSION one, CK_VERSION other)
{
    return one.major < other.major ||
           (one.major == other.major && one.minor < other.minor);
}

void
profile_heed_version(CK_VERSION library, const struct config_profile *settings,
                     struct profile *profile)
{
    if (is_older(library, profile->safe_since) &&
        (settings == NULL || settings->serialise == SERIALISE_UNSET))
        profile->settings.serialise = SERIALISE_BACKEND;
}

static const char *names[N_ROWS];

static void
collect_names(void)
{
    for (size_t i = 0; i < N_ROWS; i++)
        names[i] = rows[i].name;
}

const char *const *
profile_names(size_t *count)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, collect_names);
    *count = N_ROWS;
    return names;
}

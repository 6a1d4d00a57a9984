/* SPDX-License-Identifier: BSD-3-Clause */
/* The fields of a token as texts, and its flags in words. */
#include "cli/token-text.h"

#include "common/text.h"

void
token_text_read(const CK_TOKEN_INFO *info, struct token_text *out)
{
    text_copy(info->label, sizeof(info->label), out->label);
    text_copy(info->serialNumber, sizeof(info->serialNumber), out->serial);
    text_copy(info->manufacturerID, sizeof(info->manufacturerID),
              out->manufacturer);
    text_copy(info->model, sizeof(info->model), out->model);
}

/* A word is said when the flag is as `is_set` says, and all of `only_with` are
 * set: a token without a login has no PIN to speak of. */
enum { READY = CKF_TOKEN_INITIALIZED, WITH_LOGIN = READY | CKF_LOGIN_REQUIRED };

static const struct {
    CK_FLAGS flag;
    bool is_set;
    CK_FLAGS only_with;
    const char *word;
} rows[] = {
    { CKF_TOKEN_INITIALIZED, false, 0, "not initialised" },
    { CKF_LOGIN_REQUIRED, true, READY, "login required" },
    { CKF_USER_PIN_INITIALIZED, false, WITH_LOGIN, "no user PIN" },
    { CKF_USER_PIN_COUNT_LOW, true, READY, "wrong PIN entered" },
    { CKF_USER_PIN_FINAL_TRY, true, READY, "last try for the PIN" },
    { CKF_USER_PIN_LOCKED, true, READY, "PIN locked" },
    { CKF_USER_PIN_TO_BE_CHANGED, true, READY, "PIN to be changed" },
    { CKF_SO_PIN_COUNT_LOW, true, READY, "wrong SO PIN entered" },
    { CKF_SO_PIN_FINAL_TRY, true, READY, "last try for the SO PIN" },
    { CKF_SO_PIN_LOCKED, true, READY, "SO PIN locked" },
    { CKF_SO_PIN_TO_BE_CHANGED, true, READY, "SO PIN to be changed" },
    { CKF_PROTECTED_AUTHENTICATION_PATH, true, 0, "PIN pad" },
    { CKF_ERROR_STATE, true, 0, "in error state" },
    { CKF_WRITE_PROTECTED, true, 0, "write protected" },
    { CKF_WRITE_PROTECTED, false, READY, "writable" },
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) <= TOKEN_WORDS,
               "the words of a token find room");

size_t
token_words(CK_FLAGS flags, const char *out[TOKEN_WORDS])
{
    size_t n_words = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (((flags & rows[i].flag) != 0) == rows[i].is_set &&
            (flags & rows[i].only_with) == rows[i].only_with)
            out[n_words++] = rows[i].word;
    return n_words;
}

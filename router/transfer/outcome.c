/* SPDX-License-Identifier: BSD-3-Clause */
/* What can come of copying an object, in words. */
#include "router/transfer/outcome.h"

const struct transfer_text transfer_verdicts[TRANSFER_VERDICTS] = {
    [TRANSFER_FINE] = { "fine", "can be copied" },
    [TRANSFER_THERE] = { "there", "is there already" },
    [TRANSFER_NOT_COPIED] = { "not-copied", "objects of its class are not "
                                            "copied" },
    [TRANSFER_UNKNOWN] = { "unknown", "nothing tells which key it is: no "
                                      "public key or certificate is with it" },
    [TRANSFER_TAKEN] = { "taken", "another key with its CKA_ID, or its label, "
                                  "is there" },
    [TRANSFER_OVERWRITES] = { "overwrites",
                              "the other member has one object for each "
                              "CKA_ID, and would lose the one that is there" },
    [TRANSFER_NOT_EXTRACTABLE] = { "not-extractable",
                                   "its CKA_EXTRACTABLE is false" },
    [TRANSFER_TRUSTED_ONLY] = { "trusted-only",
                                "its CKA_WRAP_WITH_TRUSTED is true" },
    [TRANSFER_TEMPLATES] = { "templates",
                             "it restricts what it wraps or unwraps to "
                             "templates" },
    [TRANSFER_STATEFUL] = { "stateful",
                            "each signature uses it up, and two members that "
                            "sign with it give it away" },
    [TRANSFER_UNREADABLE] = { "unreadable", "its attributes cannot be read" },
    [TRANSFER_NO_CHANNEL] = { "no-channel",
                              "the members cannot share a wrapping key" },
    [TRANSFER_NO_WRAPPING] = { "no-wrapping",
                               "its member wraps no keys in a way that is "
                               "known here" },
    [TRANSFER_NO_MECHANISM] = { "no-mechanism",
                                "the other member has no mechanism that "
                                "unwraps it" },
    [TRANSFER_TOO_LARGE] = { "too-large", "it is too large" },
    [TRANSFER_NOT_WRAPPED] = { "not-wrapped", "its member does not wrap it" },
    [TRANSFER_NOT_UNWRAPPED] = { "not-unwrapped",
                                 "the other member does not unwrap it" },
    [TRANSFER_REFUSED] = { "refused",
                           "the other member does not take its attributes" },
    [TRANSFER_UNPROVEN] = { "unproven",
                            "no operation could show that the copy is the "
                            "same key" },
    [TRANSFER_DIFFERENT] = { "different", "the copy was another key" },
    [TRANSFER_CHANGED] = { "changed",
                           "the other member gives it other attributes or "
                           "more usages, or protects it less" },
    [TRANSFER_EACH_TIME] = { "each-time",
                             "it wants a PIN for each use, which the other "
                             "member does not ask for" },
    [TRANSFER_OVERTAKEN] = { "overtaken",
                             "it was changed meanwhile; its copy is gone "
                             "again" },
    [TRANSFER_GONE] = { "gone",
                        "it was destroyed meanwhile; its copy is gone again" },
    [TRANSFER_NOT_KNOWN] = { "not-known",
                             "not both members tell which key it is: a secret "
                             "key's check value, or the public key of a "
                             "private one; it would be seen as two" },
    [TRANSFER_LEFT_BEHIND] = { "left-behind",
                               "a copy that is not known to be right may have "
                               "stayed: try again" },
    [TRANSFER_BURIED] = { "buried",
                          "an application has destroyed it, and this member "
                          "has not: it is hidden there" },
    [TRANSFER_IN_DOUBT] = { "in-doubt",
                            "nothing tells whether it is the copy" },
};

const struct transfer_text transfer_ways[TRANSFER_WAYS] = {
    [WAY_NONE] = { NULL, NULL },
    [WAY_CREATED] = { "created", "made from its attributes" },
    [WAY_RSA_AES] = { "rsa-aes-wrap", "wrapped, CKM_RSA_AES_KEY_WRAP" },
    [WAY_KWP] = { "aes-kwp", "wrapped, AES with padding (RFC 5649)" },
    [WAY_GCM] = { "aes-gcm", "wrapped, CKM_AES_GCM" },
    [WAY_CBC_PAD] = { "aes-cbc-pad", "wrapped, CKM_AES_CBC_PAD" },
    [WAY_OAEP] = { "rsa-oaep", "wrapped, CKM_RSA_PKCS_OAEP" },
    [WAY_CLEARTEXT] = { "through-host", "made from its values, in the clear" },
};

bool
transfer_end(struct transfer_outcome *outcome, enum transfer_verdict verdict,
             const char *function, bool is_at_target, CK_RV rv)
{
    outcome->verdict = verdict;
    outcome->function = function;
    outcome->is_at_target = is_at_target;
    outcome->rv = rv;
    return verdict == TRANSFER_FINE;
}

bool
transfer_is_unknown(CK_RV rv)
{
    return rv == CKR_MECHANISM_INVALID || rv == CKR_FUNCTION_NOT_SUPPORTED;
}

static bool
is_too_large(CK_RV rv)
{
    return rv == CKR_DATA_LEN_RANGE || rv == CKR_KEY_SIZE_RANGE ||
           rv == CKR_WRAPPED_KEY_LEN_RANGE || rv == CKR_DEVICE_MEMORY;
}

/* What a code of one of the two members tells beyond a verdict. */
static const struct refinement {
    enum transfer_verdict from;
    bool is_at_target;
    bool (*fits)(CK_RV rv);
    enum transfer_verdict to;
} refinements[] = {
    { TRANSFER_NO_CHANNEL, false, transfer_is_unknown, TRANSFER_NO_WRAPPING },
    { TRANSFER_NO_CHANNEL, true, transfer_is_unknown, TRANSFER_NO_MECHANISM },
    { TRANSFER_NOT_WRAPPED, false, transfer_is_unknown, TRANSFER_NO_WRAPPING },
    { TRANSFER_NOT_WRAPPED, false, is_too_large, TRANSFER_TOO_LARGE },
    { TRANSFER_NOT_UNWRAPPED, true, transfer_is_unknown,
      TRANSFER_NO_MECHANISM },
    { TRANSFER_NOT_UNWRAPPED, true, is_too_large, TRANSFER_TOO_LARGE },
    { TRANSFER_REFUSED, true, is_too_large, TRANSFER_TOO_LARGE },
};

static bool
fits(const struct refinement *its, const struct transfer_outcome *outcome)
{
    return its->from == outcome->verdict &&
           its->is_at_target == outcome->is_at_target && its->fits(outcome->rv);
}

void
transfer_refine(struct transfer_outcome *outcome)
{
    size_t count = sizeof(refinements) / sizeof(refinements[0]), i = 0;

    while (i < count && !fits(&refinements[i], outcome))
        i++;
    if (i < count)
        outcome->verdict = refinements[i].to;
    else if (outcome->has_attribute &&
             outcome->attribute == CKA_ALWAYS_AUTHENTICATE)
        outcome->verdict = TRANSFER_EACH_TIME;
}

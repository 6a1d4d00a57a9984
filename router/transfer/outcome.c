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
    [TRANSFER_NOT_EXTRACTABLE] = { "not-extractable",
                                   "its CKA_EXTRACTABLE is false" },
    [TRANSFER_TRUSTED_ONLY] = { "trusted-only",
                                "its CKA_WRAP_WITH_TRUSTED is true" },
    [TRANSFER_TEMPLATES] = { "templates",
                             "it restricts what it wraps or unwraps to "
                             "templates" },
    [TRANSFER_UNREADABLE] = { "unreadable", "its attributes cannot be read" },
    [TRANSFER_NO_CHANNEL] = { "no-channel",
                              "the members cannot share a wrapping key" },
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
    [TRANSFER_NOT_KNOWN] = { "not-known",
                             "the copy would tell no check value, so that the "
                             "group would show two keys" },
    [TRANSFER_LEFT_BEHIND] = { "left-behind",
                               "a copy that is not known to be right may have "
                               "stayed: sync again" },
    [TRANSFER_IN_DOUBT] = { "in-doubt",
                            "nothing tells whether it is the copy" },
};

const struct transfer_text transfer_ways[TRANSFER_WAYS] = {
    [WAY_NONE] = { NULL, NULL },
    [WAY_CREATED] = { "created", "made from its attributes" },
    [WAY_RSA_AES] = { "rsa-aes-wrap", "wrapped, CKM_RSA_AES_KEY_WRAP" },
    [WAY_KWP] = { "aes-kwp", "wrapped, AES with padding (RFC 5649)" },
    [WAY_CBC_PAD] = { "aes-cbc-pad", "wrapped, CKM_AES_CBC_PAD" },
    [WAY_OAEP] = { "rsa-oaep", "wrapped, CKM_RSA_PKCS_OAEP" },
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

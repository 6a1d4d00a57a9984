/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeps the lengths of attributes that are to be read. */
#include "router/lengths.h"

#include "router/session.h"

/* The published header of 3.2 has two arrays without the flag (R1.19). */
static bool
is_array(CK_ATTRIBUTE_TYPE type)
{
    return (type & CKF_ARRAY_ATTRIBUTE) != 0 ||
           type == (CKA_ENCAPSULATE_TEMPLATE & ~CKF_ARRAY_ATTRIBUTE) ||
           type == (CKA_DECAPSULATE_TEMPLATE & ~CKF_ARRAY_ATTRIBUTE);
}

void
lengths_keep(struct call *call, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (call->rv != CKR_OK)
        return;
    call->template[0] = template;
    call->template_count[0] = count;
    if (count > SESSION_LENGTHS)
        return;
    for (CK_ULONG i = 0; i < count; i++)
        call->session->lengths[i] = template[i].ulValueLen;
}

bool
lengths_restore(struct call *call)
{
    /* The application's memory, which entry functions declare as read. */
    CK_ATTRIBUTE *template = (CK_ATTRIBUTE *)(uintptr_t)call->template[0];
    CK_ULONG count = call->template_count[0];

    if (count > SESSION_LENGTHS)
        return false;
    for (CK_ULONG i = 0; i < count; i++)
        if (is_array(template[i].type))
            return false;
    for (CK_ULONG i = 0; i < count; i++)
        template[i].ulValueLen = call->session->lengths[i];
    return true;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes a certificate's attributes from a template (8.3). */
#include "backends/certificate.h"

#include "backends/certificate-selection.h"

#include <string.h>

static bool
may_create(const struct certificate_fact *fact, unsigned of,
           const CK_ATTRIBUTE *attribute)
{
    (void)of;
    /* A database can be forged: nothing in it is to be trusted. */
    return fact->type != CKA_UNIQUE_ID &&
           (fact->type != CKA_TRUSTED || !certificate_is_true(attribute));
}

static const CK_ATTRIBUTE_TYPE hashes[] = { CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
                                            CKA_HASH_OF_ISSUER_PUBLIC_KEY };
enum { HASHES = sizeof(hashes) / sizeof(hashes[0]) };

/* -- CKR_ATTRIBUTE_VALUE_INVALID: values that others say more about
 * ------------------------------------------------------------------- */

static bool
check_value_fits(const struct certificate_selection *given)
{
    static const CK_ATTRIBUTE nothing = { CKA_VALUE, NULL, 0 };
    const CK_ATTRIBUTE *check = certificate_selected(given, CKA_CHECK_VALUE);
    const CK_ATTRIBUTE *value = certificate_selected(given, CKA_VALUE);
    CK_BYTE made[CHECK_VALUE_LENGTH];

    return check == NULL || check->ulValueLen == 0 ||
           (certificate_check_value(value == NULL ? &nothing : value, made) &&
            memcmp(check->pValue, made, sizeof(made)) == 0);
}

static bool
hashes_fit(const struct certificate_selection *given)
{
    CK_MECHANISM_TYPE mechanism = CKM_SHA_1;
    size_t wanted, length;

    certificate_number(certificate_selected(given, CKA_NAME_HASH_ALGORITHM),
                       &mechanism);
    wanted = certificate_digest_length(mechanism);
    for (size_t i = 0; i < HASHES; i++) {
        length = certificate_length(given, hashes[i]);
        if (length != 0 && length != wanted)
            return false;
    }
    return true;
}

/* -- CKR_TEMPLATE_INCOMPLETE
 * ------------------------------------------------------------------- */

static bool
has_url(const struct certificate_selection *given)
{
    return certificate_length(given, CKA_URL) > 0;
}

static bool
is_complete(const struct certificate_selection *given)
{
    for (size_t i = 0; i < CERTIFICATE_FACTS; i++) {
        const struct certificate_fact *fact = &certificate_facts[i];

        if ((fact->needed_by & given->of) != 0 &&
            certificate_selected(given, fact->type) == NULL)
            return false;
    }
    if (given->of == OF_ATTRIBUTE)
        return true;
    if (!has_url(given))
        return certificate_length(given, CKA_VALUE) > 0 &&
               (given->of == OF_WTLS ||
                certificate_length(given, CKA_SUBJECT) > 0);
    for (size_t i = 0; i < HASHES; i++)
        if (certificate_selected(given, hashes[i]) == NULL)
            return false;
    return true;
}

/* -- CKR_TEMPLATE_INCONSISTENT
 * ------------------------------------------------------------------- */

static bool
dates_fit(const struct certificate_selection *given)
{
    const CK_ATTRIBUTE *start = certificate_selected(given, CKA_START_DATE);
    const CK_ATTRIBUTE *end = certificate_selected(given, CKA_END_DATE);

    return start == NULL || end == NULL || start->ulValueLen == 0 ||
           end->ulValueLen == 0 ||
           memcmp(start->pValue, end->pValue, sizeof(CK_DATE)) <= 0;
}

static bool
is_consistent(const struct certificate_selection *given)
{
    /* R8.13 */
    if (given->is_contradictory ||
        certificate_is_true(certificate_selected(given, CKA_PRIVATE)) ||
        !dates_fit(given))
        return false;
    for (size_t i = 0; has_url(given) && i < HASHES; i++)
        if (certificate_length(given, hashes[i]) == 0)
            return false;
    return given->of != OF_WTLS || certificate_length(given, CKA_SUBJECT) > 0 ||
           certificate_length(given, CKA_VALUE) == 0;
}

/* -- What the template does not say
 * ------------------------------------------------------------------- */

/* R8.16. What is no certificate has no parts: 8.3 says whether it may stay. */
static void
derive(struct certificate_selection *given)
{
    const CK_ATTRIBUTE *value = certificate_selected(given, CKA_VALUE);
    struct certificate_parts parts;
    const struct {
        CK_ATTRIBUTE_TYPE type;
        const struct octets *part;
    } derived[] = {
        { CKA_SUBJECT, &parts.subject },
        { CKA_ISSUER, &parts.issuer },
        { CKA_SERIAL_NUMBER, &parts.serial_number },
    };

    if (given->of != OF_X_509 || value == NULL ||
        !certificate_find_parts((struct octets){ value->pValue,
                                                 value->ulValueLen },
                                &parts))
        return;
    for (size_t i = 0; i < sizeof(derived) / sizeof(derived[0]); i++)
        if (certificate_length(given, derived[i].type) == 0)
            certificate_give(given, derived[i].type, derived[i].part->bytes,
                             derived[i].part->length);
}

/* Values that live as long as the making takes. */
struct made {
    CK_BYTE check[CHECK_VALUE_LENGTH];
    char unique_id[UNIQUE_ID_LENGTH + 1];
};

static bool
make_default(struct certificate_selection *given,
             const struct certificate_fact *fact, struct made *made)
{
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    const CK_ATTRIBUTE *value = certificate_selected(given, CKA_VALUE);

    switch (fact->otherwise) {
    case DEFAULT_EMPTY:
        certificate_give(given, fact->type, NULL, 0);
        break;
    case DEFAULT_FALSE:
        certificate_give(given, fact->type, &no, sizeof(no));
        break;
    case DEFAULT_TRUE:
        certificate_give(given, fact->type, &yes, sizeof(yes));
        break;
    case DEFAULT_NUMBER:
        certificate_give(given, fact->type, &fact->number,
                         sizeof(fact->number));
        break;
    case DEFAULT_MADE:
        if (fact->type == CKA_UNIQUE_ID) {
            certificate_give(given, fact->type, made->unique_id,
                             UNIQUE_ID_LENGTH);
            return certificate_make_unique_id(made->unique_id);
        }
        if (value->ulValueLen == 0) {
            certificate_give(given, fact->type, NULL, 0);
            break;
        }
        certificate_give(given, fact->type, made->check, sizeof(made->check));
        return certificate_check_value(value, made->check);
    }
    return true;
}

CK_RV
certificate_make(const CK_ATTRIBUTE *template, CK_ULONG count,
                 bool derive_missing, struct store_object *out)
{
    struct certificate_selection given;
    struct made made;
    unsigned of = 0;
    CK_RV rv;

    *out = (struct store_object){ NULL, 0 };
    for (CK_ULONG i = 0; i < count && of == 0; i++)
        if (template[i].type == CKA_CERTIFICATE_TYPE)
            of = certificate_type_bit(&template[i]);
    rv = certificate_select(template, count, of == 0 ? OF_ALL : of, may_create,
                            &given);
    if (rv != CKR_OK)
        return rv;
    if (!check_value_fits(&given) || !hashes_fit(&given))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    if (derive_missing)
        derive(&given);
    if (!is_complete(&given))
        return CKR_TEMPLATE_INCOMPLETE;
    if (!is_consistent(&given))
        return CKR_TEMPLATE_INCONSISTENT;
    for (size_t i = 0; i < CERTIFICATE_FACTS; i++)
        if ((certificate_facts[i].of & given.of) != 0 &&
            certificate_selected(&given, certificate_facts[i].type) == NULL &&
            !make_default(&given, &certificate_facts[i], &made))
            return CKR_FUNCTION_FAILED;
    if (certificate_size(&(struct store_object){
            given.attributes, given.count }) > certificate_most_bytes)
        return CKR_DEVICE_MEMORY;
    return certificate_pack(given.attributes, given.count, out);
}

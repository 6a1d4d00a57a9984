/* SPDX-License-Identifier: BSD-3-Clause */
/* What a template says about the object to be made. */
#include "router/object.h"
#include "router/template.h"

#include <criterion/criterion.h>

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

#define TOKEN(value)                                                           \
    {                                                                          \
        CKA_TOKEN, &(value), sizeof(value)                                     \
    }
#define SECRET(value)                                                          \
    {                                                                          \
        CKA_PRIVATE, &(value), sizeof(value)                                   \
    }

Test(template, the_last_attribute_of_a_type_counts)
{
    const CK_ATTRIBUTE template[] = { TOKEN(yes), SECRET(yes), TOKEN(no) };

    cr_assert_eq(template_find(template, 3, CKA_TOKEN), &template[2]);
    cr_assert_eq(template_find(template, 2, CKA_TOKEN), &template[0]);
    cr_assert_null(template_find(template, 3, CKA_LABEL));
    cr_assert_null(template_find(NULL, 3, CKA_TOKEN));
    cr_assert_null(template_find(template, 0, CKA_TOKEN));
    cr_assert_not(template_bool(template, 3, CKA_TOKEN, true));
}

Test(template, a_malformed_flag_is_as_if_it_were_absent)
{
    CK_ULONG number = 1;
    const CK_ATTRIBUTE wrong[] = {
        { CKA_TOKEN, NULL, 1 },
        { CKA_TOKEN, &yes, 0 },
        { CKA_TOKEN, &number, sizeof(number) },
    };

    for (size_t i = 0; i < 3; i++) {
        cr_assert(template_bool(&wrong[i], 1, CKA_TOKEN, true));
        cr_assert_not(template_bool(&wrong[i], 1, CKA_TOKEN, false));
    }
}

Test(template, any_value_but_0_is_true)
{
    CK_BBOOL odd = 0x80;
    const CK_ATTRIBUTE template = TOKEN(odd);

    cr_assert(template_bool(&template, 1, CKA_TOKEN, false));
}

Test(template, without_cka_token_the_module_decides)
{
    const CK_ATTRIBUTE template = SECRET(no);

    cr_assert_eq(template_object_flags(&template, 1, false, 0),
                 OBJECT_IS_SESSION | OBJECT_IS_PUBLIC);
    cr_assert_eq(template_object_flags(&template, 1, true, 0),
                 OBJECT_IS_TOKEN | OBJECT_IS_PUBLIC);
}

Test(template, without_cka_private_it_is_not_known)
{
    const CK_ATTRIBUTE template = TOKEN(yes);

    cr_assert_eq(template_object_flags(&template, 1, false, 0),
                 OBJECT_IS_TOKEN);
}

Test(template, a_copy_is_like_its_source_where_the_template_is_silent)
{
    const CK_ATTRIBUTE token = TOKEN(yes), secret = SECRET(yes);
    unsigned base = OBJECT_IS_SESSION | OBJECT_IS_PUBLIC;

    cr_assert_eq(template_object_flags(NULL, 0, true, base), base);
    cr_assert_eq(template_object_flags(&token, 1, true, base),
                 OBJECT_IS_TOKEN | OBJECT_IS_PUBLIC);
    cr_assert_eq(template_object_flags(&secret, 1, true, base),
                 OBJECT_IS_SESSION | OBJECT_IS_PRIVATE);
}

Test(template, a_doubt_about_the_source_is_not_handed_on)
{
    unsigned base = OBJECT_IS_TOKEN | OBJECT_IN_DOUBT | OBJECT_UNCONFIRMED;

    cr_assert_eq(template_object_flags(NULL, 0, false, base), OBJECT_IS_TOKEN);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects copied from and to openCryptoki, whose token stays from case to case:
 * run by tests/check-transfer.sh. */
#include "tests/software-fixture.h"
#include "tests/transfer-ends.h"

#include <criterion/criterion.h>

TestSuite(opencryptoki, .fini = ends_free);

Test(opencryptoki, takes_what_nss_has)
{
    ends_connect(transfer_nss("nss"), transfer_opencryptoki());
    (void)transfer_add_rsa(ends.from, "of-nss-rsa");
    ends_expect_pair("of-nss-rsa", WAY_CBC_PAD);
    ends_expect_all("of-nss-", WAY_CBC_PAD, false);
}

Test(opencryptoki, takes_secret_keys_alone_of_softhsm)
{
    ends_connect(transfer_softhsm("soft"), transfer_opencryptoki());
    ends_expect_all("of-softhsm-", WAY_OAEP, false);
    (void)transfer_add_rsa(ends.from, "of-softhsm-rsa");
    ends_expect(transfer_find(ends.from, CKO_PRIVATE_KEY, "of-softhsm-rsa"),
                TRANSFER_NO_MECHANISM);
}

Test(opencryptoki, gives_nss_what_it_has)
{
    ends_connect(transfer_opencryptoki(), transfer_nss("nss"));
    (void)transfer_add_rsa(ends.from, "rsa");
    ends_expect_pair("rsa", WAY_CBC_PAD);
    ends_expect_all("", WAY_CBC_PAD, false);
}

Test(opencryptoki, takes_what_openssl_has)
{
    (void)software_fixture("RSA", "of-openssl");
    ends_connect(software_place(), transfer_opencryptoki());
    transfer_open(ends.transfer);
    ends_expect_pair("of-openssl", WAY_CBC_PAD);
    ends_expect_truth(transfer_find(ends.to, CKO_PRIVATE_KEY, "of-openssl"),
                      CKA_EXTRACTABLE, CK_FALSE);
}

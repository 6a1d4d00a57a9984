/* SPDX-License-Identifier: BSD-3-Clause */
/* Certificates in files: PEM, one or several, or DER. */
#include "cli/certificate-file.h"

#include "cli/memory.h"
#include "common/file.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

/* The roots of all that browsers trust have a quarter of it. */
enum { MOST_BYTES = 1024 * 1024 };

static const char *const names[] = { PEM_STRING_X509, PEM_STRING_X509_OLD,
                                     PEM_STRING_X509_TRUSTED };

/* Takes one certificate off `rest`. */
static bool
add(struct octets *rest, struct certificate_file *out)
{
    struct certificate_parts parts;
    struct octets content, whole;
    unsigned char *bytes;

    if (!certificate_find_parts(*rest, &parts) ||
        !der_take(rest, DER_SEQUENCE, &content, &whole))
        return false;
    bytes = memory_new(whole.length, 1);
    memcpy(bytes, whole.bytes, whole.length);
    out->items = memory_grow(out->items, out->n_items, sizeof(*out->items));
    out->items[out->n_items++] = (struct octets){ bytes, whole.length };
    return true;
}

bool
certificate_file_add(struct octets certificate, struct certificate_file *out)
{
    return add(&certificate, out);
}

static bool
is_certificate(const char *name)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The next block, whatever it is. A private key may be one. */
static bool
read_block(BIO *input, struct certificate_file *out, bool *is_right)
{
    char *name = NULL;
    char *header = NULL;
    unsigned char *bytes = NULL;
    long length = 0;

    if (PEM_read_bio(input, &name, &header, &bytes, &length) != 1)
        return false;
    if (is_certificate(name)) {
        *is_right =
            certificate_file_add((struct octets){ bytes, (size_t)length }, out);
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(bytes, (size_t)length);
    return *is_right;
}

static bool
read_pem(struct octets text, struct certificate_file *out)
{
    BIO *input = BIO_new_mem_buf(text.bytes, (int)text.length);
    bool is_right = true;

    memory_need(input);
    while (read_block(input, out, &is_right))
        ;
    /* Its end is where no other block begins. */
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        is_right = false;
    ERR_clear_error();
    BIO_free(input);
    return is_right;
}

static bool
read_der(struct octets bytes, struct certificate_file *out)
{
    while (bytes.length > 0)
        if (!add(&bytes, out))
            return false;
    return true;
}

bool
certificate_file_read(const char *path, struct certificate_file *out,
                      struct error *error)
{
    size_t n_before = out->n_items;
    struct octets content;
    size_t length;
    bool is_right;
    char *text;

    if (!file_read(path, MOST_BYTES, &text, &length, error))
        return false;
    content = (struct octets){ (const unsigned char *)text, length };
    is_right = der_tag(content) == DER_SEQUENCE ? read_der(content, out)
                                                : read_pem(content, out);
    OPENSSL_cleanse(text, length);
    free(text);
    if (!is_right)
        return error_set(error, CKR_DATA_INVALID,
                         "%s: certificate %zu in it is damaged", path,
                         out->n_items - n_before + 1);
    if (out->n_items == n_before)
        return error_set(error, CKR_DATA_INVALID,
                         "%s: there is no certificate in it, neither PEM nor "
                         "DER",
                         path);
    return true;
}

void
certificate_file_clear(struct certificate_file *file)
{
    for (size_t i = 0; i < file->n_items; i++)
        free((void *)(uintptr_t)file->items[i].bytes);
    free(file->items);
}

void
certificate_file_write(struct octets certificate, FILE *stream)
{
    (void)PEM_write(stream, PEM_STRING_X509, "", certificate.bytes,
                    (long)certificate.length);
}

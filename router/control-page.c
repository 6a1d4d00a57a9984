/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and writes the control page. */
#include "router/control-line.h"

#include "common/cleanup.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char headline[] = "p11mux control 1\n";

enum { LONGEST_PAGE = 256 * 1024 };

bool
control_page_path(const char *runtime_dir, char **out)
{
    if (asprintf(out, "%s/control", runtime_dir) >= 0)
        return true;
    *out = NULL;
    return false;
}

/* -- Writing ----------------------------------------------------------------
 */

/* A name is one word of the line: whatever is no letter, digit or one of a few
 * others is written as % and two digits; "*" alone means all. */
static bool
is_plain(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || strchr("-._;:/", byte) != NULL;
}

static void
write_word(FILE *stream, const char *word)
{
    (void)fputc(' ', stream);
    if (word == NULL)
        (void)fputc('*', stream);
    for (; word != NULL && *word != '\0'; word++)
        if (is_plain((unsigned char)*word))
            (void)fputc(*word, stream);
        else
            (void)fprintf(stream, "%%%02x", (unsigned char)*word);
}

bool
control_page_write(const char *path, const struct control_page *page,
                   struct error *error)
{
    /* Who cannot read it would go on while others pause. */
    static const mode_t mode = 0644;
    CLEANUP(freep) char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    if (stream == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    (void)fprintf(stream, "%snumber %" PRIu64 "\n", headline, page->number);
    for (size_t i = 0; i < page->n_lines; i++) {
        const struct control_line *line = &page->lines[i];

        (void)fprintf(stream, "%s %" PRIu64 " %" PRIu64,
                      control_verbs[line->verb].name, line->number,
                      line->seconds);
        write_word(stream, line->token);
        if (line->member != NULL)
            write_word(stream, line->member);
        (void)fputc('\n', stream);
    }
    if (fclose(stream) != 0)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    if (length > LONGEST_PAGE)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: has room for %d bytes and would need %zu; use "
                         "--all",
                         path, LONGEST_PAGE, length);
    return file_replace(path, text, length, mode, error);
}

/* -- Reading ----------------------------------------------------------------
 */

static int
digit(char letter)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = letter == '\0' ? NULL : strchr(digits, letter);

    return found == NULL ? -1 : (int)(found - digits);
}

/* In place. */
static bool
decode(char *word)
{
    char *to = word;

    for (; *word != '\0'; word++) {
        int high, low;

        if (*word != '%') {
            *to++ = *word;
            continue;
        }
        high = digit(word[1]);
        low = high < 0 ? -1 : digit(word[2]);
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *to++ = (char)(high << 4 | low);
        word += 2;
    }
    *to = '\0';
    return true;
}

static bool
read_number(const char *word, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(word, &end, 10);
    return errno == 0 && end != word && *end == '\0' && word[0] != '-';
}

static enum control_verb
find_verb(const char *word)
{
    unsigned i = 0;

    while (word != NULL && i < CONTROL_VERBS &&
           strcmp(word, control_verbs[i].name) != 0)
        i++;
    return word == NULL ? CONTROL_VERBS : (enum control_verb)i;
}

/* VERB NUMBER SECONDS TOKEN, and the MEMBER where the verb has one; false when
 * it is not that. */
static bool
parse_line(char *text, struct control_line *out)
{
    char *rest = NULL;
    const char *verb = strtok_r(text, " ", &rest);
    const char *number = strtok_r(NULL, " ", &rest);
    const char *seconds = strtok_r(NULL, " ", &rest);
    char *token = strtok_r(NULL, " ", &rest);
    char *member = strtok_r(NULL, " ", &rest);

    *out = (struct control_line){ .verb = find_verb(verb) };
    if (out->verb == CONTROL_VERBS || token == NULL ||
        control_verbs[out->verb].has_member != (member != NULL) ||
        strtok_r(NULL, " ", &rest) != NULL ||
        !read_number(number, &out->number) ||
        !read_number(seconds, &out->seconds) ||
        (member != NULL &&
         (!decode(member) || !control_text_copy(member, &out->member))))
        return false;
    if (strcmp(token, "*") == 0)
        return member == NULL;
    return decode(token) && control_text_copy(token, &out->token);
}

static bool
parse(char *text, struct control_page *out)
{
    static const char number[] = "number ";
    char *rest = NULL;
    char *line;

    if (strncmp(text, headline, strlen(headline)) != 0)
        return false;
    line = strtok_r(text + strlen(headline), "\n", &rest);
    if (line == NULL || strncmp(line, number, strlen(number)) != 0 ||
        !read_number(line + strlen(number), &out->number))
        return false;
    while ((line = strtok_r(NULL, "\n", &rest)) != NULL) {
        struct control_line parsed;

        if (!parse_line(line, &parsed) || !control_page_append(out, &parsed)) {
            control_line_clear(&parsed);
            return false;
        }
    }
    return true;
}

/* Whoever may make files in the folder may not speak for its owner. */
static bool
is_trusted(const char *path, const struct stat *page, struct error *error)
{
    CLEANUP(freep) char *folder = NULL;
    struct stat above;
    const char *name;

    if (!file_split(path, &folder, &name) || stat(folder, &above) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: its folder cannot be looked at: %s", path,
                         error_reason(errno));
    if (S_ISREG(page->st_mode) && page->st_nlink == 1 &&
        (page->st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
        (page->st_uid == 0 || page->st_uid == above.st_uid))
        return true;
    return error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is not obeyed, since others than root and the "
                     "owner of its folder could have written it (owner %ld, "
                     "mode %04o, %lu names); remove it",
                     path, (long)page->st_uid,
                     (unsigned)(page->st_mode & 07777),
                     (unsigned long)page->st_nlink);
}

static bool
read_text(int descriptor, const char *path, char **out, struct error *error)
{
    size_t length = 0;
    ssize_t got;

    *out = malloc(LONGEST_PAGE + 1);
    if (*out == NULL)
        return error_set(error, CKR_HOST_MEMORY, "out of memory");
    while ((got = read(descriptor, *out + length, LONGEST_PAGE - length)) > 0)
        length += (size_t)got;
    if (got < 0)
        return error_set(error, CKR_FUNCTION_FAILED, "%s: cannot be read: %s",
                         path, error_reason(errno));
    (*out)[length] = '\0';
    return true;
}

bool
control_page_read(const char *path, struct control_page *out,
                  struct stat *out_is, struct error *error)
{
    CLEANUP(closep)
    int descriptor =
        open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    CLEANUP(freep) char *text = NULL;
    struct stat status = { .st_ino = 0 };

    *out = (struct control_page){ .number = 0 };
    if (out_is != NULL)
        *out_is = status;
    if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return error_set(error, CKR_FUNCTION_FAILED,
                         "%s: cannot be opened: %s; remove it, or let "
                         "everybody read it",
                         path, error_reason(errno));
    if (out_is != NULL)
        *out_is = status;
    if (!is_trusted(path, &status, error) ||
        !read_text(descriptor, path, &text, error))
        return false;
    return parse(text, out) ||
           error_set(error, CKR_FUNCTION_FAILED,
                     "%s: is not understood, or there is no memory for it; if "
                     "another version of p11mux wrote it, use one version",
                     path);
}

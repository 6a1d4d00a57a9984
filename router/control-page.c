/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads, changes and writes the control page. */
#include "router/control-page.h"

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

const char *const control_verb_names[CONTROL_VERBS] = {
    [CONTROL_PAUSE] = "pause",
    [CONTROL_RESUME] = "resume",
    [CONTROL_RELOAD] = "reload",
    [CONTROL_RECONNECT] = "reconnect",
};

/* Verbs of one kind take each other's place. */
static const enum control_verb kinds[CONTROL_VERBS] = {
    [CONTROL_PAUSE] = CONTROL_PAUSE,
    [CONTROL_RESUME] = CONTROL_PAUSE,
    [CONTROL_RELOAD] = CONTROL_RELOAD,
    [CONTROL_RECONNECT] = CONTROL_RECONNECT,
};

bool
control_page_path(const char *runtime_dir, char **out)
{
    if (asprintf(out, "%s/control", runtime_dir) >= 0)
        return true;
    *out = NULL;
    return false;
}

void
control_page_clear(struct control_page *page)
{
    for (size_t i = 0; i < page->n_lines; i++)
        free(page->lines[i].token);
    free(page->lines);
    *page = (struct control_page){ .number = 0 };
}

/* -- Lines ------------------------------------------------------------------
 */

static bool
append(struct control_page *page, const struct control_line *line)
{
    struct control_line *lines =
        realloc(page->lines, (page->n_lines + 1) * sizeof(*lines));

    if (lines == NULL)
        return false;
    page->lines = lines;
    lines[page->n_lines++] = *line;
    return true;
}

static void
drop(struct control_page *page, size_t index)
{
    free(page->lines[index].token);
    page->n_lines--;
    memmove(&page->lines[index], &page->lines[index + 1],
            (page->n_lines - index) * sizeof(page->lines[0]));
}

/* A command about the same token, or about all, takes its place. */
static bool
is_replaced(const struct control_line *before, const struct control_line *line)
{
    return kinds[before->verb] == kinds[line->verb] &&
           (line->token == NULL ||
            (before->token != NULL && strcmp(before->token, line->token) == 0));
}

bool
control_page_add(struct control_page *page, enum control_verb verb,
                 const char *token, uint64_t now_us, struct error *error)
{
    struct control_line line = { .verb = verb,
                                 .number = page->number + 1,
                                 .seconds = now_us / 1000000 };

    if (line.number < now_us)
        line.number = now_us;
    for (size_t i = page->n_lines; i-- > 0;)
        if (is_replaced(&page->lines[i], &line))
            drop(page, i);
    /* The number tells that something has changed; nothing to be said stays
     * of what ends all that was said before. */
    page->number = line.number;
    if (verb == CONTROL_RESUME && token == NULL)
        return true;
    line.token = token == NULL ? NULL : strdup(token);
    if ((token == NULL || line.token != NULL) && append(page, &line))
        return true;
    free(line.token);
    return error_set(error, CKR_HOST_MEMORY, "out of memory");
}

static const struct control_line *
find_last(const struct control_page *page, enum control_verb kind,
          const char *token)
{
    const struct control_line *last = NULL;

    for (size_t i = 0; i < page->n_lines; i++) {
        const struct control_line *line = &page->lines[i];

        if (kinds[line->verb] == kind &&
            (line->token == NULL || strcmp(line->token, token) == 0) &&
            (last == NULL || line->number > last->number))
            last = line;
    }
    return last;
}

const struct control_line *
control_page_paused(const struct control_page *page, const char *token)
{
    const struct control_line *last = find_last(page, CONTROL_PAUSE, token);

    return last != NULL && last->verb == CONTROL_PAUSE ? last : NULL;
}

uint64_t
control_page_reload(const struct control_page *page)
{
    uint64_t last = 0;

    for (size_t i = 0; i < page->n_lines; i++)
        if (page->lines[i].verb == CONTROL_RELOAD &&
            page->lines[i].number > last)
            last = page->lines[i].number;
    return last;
}

const struct control_line *
control_page_reconnected(const struct control_page *page, const char *token)
{
    return find_last(page, CONTROL_RECONNECT, token);
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
write_token(FILE *stream, const char *token)
{
    if (token == NULL)
        (void)fputc('*', stream);
    for (; token != NULL && *token != '\0'; token++)
        if (is_plain((unsigned char)*token))
            (void)fputc(*token, stream);
        else
            (void)fprintf(stream, "%%%02x", (unsigned char)*token);
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

        (void)fprintf(stream, "%s %" PRIu64 " %" PRIu64 " ",
                      control_verb_names[line->verb], line->number,
                      line->seconds);
        write_token(stream, line->token);
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

/* VERB NUMBER SECONDS TOKEN; false when it is not that. */
static bool
parse_line(char *text, struct control_line *out)
{
    char *rest = NULL;
    const char *verb = strtok_r(text, " ", &rest);
    const char *number = strtok_r(NULL, " ", &rest);
    const char *seconds = strtok_r(NULL, " ", &rest);
    char *token = strtok_r(NULL, " ", &rest);

    *out = (struct control_line){ .verb = CONTROL_VERBS };
    for (unsigned i = 0; verb != NULL && i < CONTROL_VERBS; i++)
        if (strcmp(verb, control_verb_names[i]) == 0)
            out->verb = (enum control_verb)i;
    if (out->verb == CONTROL_VERBS || token == NULL ||
        strtok_r(NULL, " ", &rest) != NULL ||
        !read_number(number, &out->number) ||
        !read_number(seconds, &out->seconds))
        return false;
    if (strcmp(token, "*") == 0)
        return true;
    out->token = decode(token) ? strdup(token) : NULL;
    return out->token != NULL;
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

        if (!parse_line(line, &parsed) || !append(out, &parsed)) {
            free(parsed.token);
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

/* SPDX-License-Identifier: BSD-3-Clause */
/* Sections and tables of a page. */
#include "cli/page.h"

#include <string.h>

/* -- The whole ---------------------------------------------------------------
 */

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
    "<meta charset=\"utf-8\"/>\n"
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\"/>\n"
    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
    "<meta name=\"generator\" content=\"p11mux " PACKAGE_VERSION "\"/>\n";

void
page_begin(FILE *stream, const char *kind, const char *name)
{
    (void)fprintf(stream, "%s<title>%s: ", head, kind);
    page_text(stream, name);
    (void)fprintf(stream, "</title>\n<style>\n%s</style>\n</head>\n<body>\n",
                  page_style);
}

void
page_end(FILE *stream)
{
    (void)fputs("</body>\n</html>\n", stream);
}

void
page_tile(FILE *stream, const char *id, uint64_t number, const char *name)
{
    (void)fprintf(stream, "<div><dt>%s</dt><dd id=\"%s\">", name, id);
    page_number(stream, number);
    (void)fputs("</dd></div>\n", stream);
}

/* -- Sections and tables ---------------------------------------------------
 */

void
page_section_begin(FILE *stream, const char *id, const char *title)
{
    (void)fprintf(stream,
                  "<section id=\"%s\" aria-labelledby=\"%s-title\">\n"
                  "<h2 id=\"%s-title\">%s</h2>\n",
                  id, id, id, title);
}

void
page_section_end(FILE *stream)
{
    (void)fputs("</section>\n", stream);
}

/* Rows become blocks on a narrow page: roles keep what they are. */
void
page_table_begin(FILE *stream, const char *caption,
                 const struct page_column *columns, size_t n_columns)
{
    (void)fprintf(stream,
                  "<table role=\"table\">\n<caption>%s</caption>\n"
                  "<thead role=\"rowgroup\"><tr role=\"row\">",
                  caption);
    for (size_t i = 0; i < n_columns; i++)
        (void)fprintf(stream,
                      "<th role=\"columnheader\" scope=\"col\"%s%s%s>%s</th>",
                      columns[i].class == NULL ? "" : " class=\"",
                      columns[i].class == NULL ? "" : columns[i].class,
                      columns[i].class == NULL ? "" : "\"", columns[i].heading);
    (void)fputs("</tr></thead>\n<tbody role=\"rowgroup\">\n", stream);
}

void
page_table_end(FILE *stream)
{
    (void)fputs("</tbody></table>\n", stream);
}

void
page_row_begin(FILE *stream, const char *class)
{
    if (class == NULL)
        (void)fputs("<tr role=\"row\">", stream);
    else
        (void)fprintf(stream, "<tr role=\"row\" class=\"%s\">", class);
}

void
page_row_end(FILE *stream)
{
    (void)fputs("</tr>\n", stream);
}

void
page_cell_begin(FILE *stream, const struct page_column *column)
{
    (void)fprintf(stream, "<td role=\"cell\" data-label=\"%s\"",
                  column->heading);
    if (column->class != NULL)
        (void)fprintf(stream, " class=\"%s\"", column->class);
    (void)fputs("><span>", stream);
}

void
page_cell_end(FILE *stream)
{
    (void)fputs("</span></td>", stream);
}

void
page_cell_text(FILE *stream, const struct page_column *column, const char *text)
{
    page_cell_begin(stream, column);
    page_text(stream, text);
    page_cell_end(stream);
}

void
page_cell_number(FILE *stream, const struct page_column *column,
                 uint64_t number)
{
    page_cell_begin(stream, column);
    page_number(stream, number);
    page_cell_end(stream);
}

void
page_cell_time(FILE *stream, const struct page_column *column, const char *time)
{
    page_cell_begin(stream, column);
    page_time(stream, time);
    page_cell_end(stream);
}

void
page_left_out(FILE *stream, uint64_t n_shown, uint64_t n_all,
              const char *things)
{
    if (n_shown >= n_all)
        return;
    (void)fputs("<p class=\"cut\">", stream);
    page_number(stream, n_all - n_shown);
    (void)fprintf(stream, " more of ");
    page_number(stream, n_all);
    (void)fprintf(stream, " %s are not listed.</p>\n", things);
}

void
page_not_counted(FILE *stream, uint64_t n_records, const char *by)
{
    if (n_records == 0)
        return;
    (void)fputs("<p class=\"cut\">", stream);
    page_count(stream, n_records, "further record");
    (void)fprintf(stream, " %s not counted by %s.</p>\n",
                  n_records == 1 ? "was" : "were", by);
}

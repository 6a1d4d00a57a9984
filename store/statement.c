/* SPDX-License-Identifier: BSD-3-Clause */
/* The SQL of every statement. */
#include "store/statement.h"

/* Lives of a token: where one of the two serial numbers is not known, the
 * token may be the one. */
#define MAY_BE_OF "token = $1 AND (serial = $2 OR serial IS NULL OR $2 IS NULL)"

const struct statement_text statements[N_STATEMENTS] = {
    [STATEMENT_LIFE_FIND] = { "SELECT id, serial FROM life WHERE " MAY_BE_OF
                              " ORDER BY serial IS NULL AND $2 IS NOT NULL, "
                              "id DESC LIMIT 1",
                              2, 2 },
    [STATEMENT_LIFE_ADD] = { "INSERT INTO life (token, serial) VALUES ($1, $2) "
                             "RETURNING id",
                             2, 1 },
    [STATEMENT_LIFE_SERIAL] = { "UPDATE life SET serial = $1 WHERE id = $2 "
                                "RETURNING id",
                                2, 1 },
    [STATEMENT_LIFE_CLEAR] = { "DELETE FROM object WHERE life IN "
                               "(SELECT id FROM life WHERE " MAY_BE_OF ")",
                               2, 0 },
    [STATEMENT_LIFE_END] = { "DELETE FROM life WHERE " MAY_BE_OF, 2, 0 },
    [STATEMENT_VALUE_FIND] = { "SELECT id FROM value WHERE hash = $1", 1, 1 },
    [STATEMENT_VALUE_ADD] = { "INSERT INTO value (hash, bytes) VALUES ($1, $2) "
                              "RETURNING id",
                              2, 1 },
    [STATEMENT_OBJECT_ADD] = { "INSERT INTO object (life, value, type, ident, "
                               "label, subject, issuer, serial, others) VALUES "
                               "($1, $2, $3, $4, $5, $6, $7, $8, $9) "
                               "RETURNING id",
                               9, 1 },
    [STATEMENT_OBJECT_READ] = { "SELECT value.bytes, object.type, "
                                "object.ident, object.label, object.subject, "
                                "object.issuer, object.serial, object.others "
                                "FROM object LEFT JOIN value "
                                "ON value.id = object.value "
                                "WHERE object.id = $1 AND object.life = $2",
                                2, 8 },
    [STATEMENT_OBJECT_CHANGE] = { "UPDATE object SET value = $1, type = $2, "
                                  "ident = $3, label = $4, subject = $5, "
                                  "issuer = $6, serial = $7, others = $8 "
                                  "WHERE id = $9 AND life = $10 RETURNING id",
                                  10, 1 },
    [STATEMENT_OBJECT_DESTROY] = { "DELETE FROM object WHERE id = $1 AND "
                                   "life = $2 RETURNING id",
                                   2, 1 },
    [STATEMENT_OBJECT_COUNT] = { "SELECT count(*) FROM object WHERE life = $1",
                                 1, 1 },
};

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

    /* Of moving a store: rows page by page, and made under their numbers. */
    [STATEMENT_MOVE_FIND] = { "SELECT state, peer FROM move", 0, 2 },
    [STATEMENT_MOVE_CLEAR] = { "DELETE FROM move", 0, 0 },
    [STATEMENT_MOVE_ADD] = { "INSERT INTO move (state, peer) VALUES ($1, $2)",
                             2, 0 },
    [STATEMENT_TOTALS] = { "SELECT (SELECT count(*) FROM life), "
                           "(SELECT count(*) FROM object), "
                           "(SELECT count(*) FROM value)",
                           0, 3 },
    [STATEMENT_LIFE_LIST] = { "SELECT id, token, serial FROM life "
                              "WHERE id > $1 ORDER BY id LIMIT $2",
                              2, 3 },
    [STATEMENT_LIFE_RESTORE] = { "INSERT INTO life (id, token, serial) "
                                 "VALUES ($1, $2, $3)",
                                 3, 0 },
    [STATEMENT_LIFE_DROP] = { "DELETE FROM life WHERE id = $1 AND NOT EXISTS "
                              "(SELECT 1 FROM object WHERE life = $1)",
                              1, 0 },
    [STATEMENT_LIFE_LAST] = { "SELECT seq FROM sqlite_sequence "
                              "WHERE name = 'life'",
                              0, 1 },
    [STATEMENT_LIFE_GO_ON] = { "UPDATE sqlite_sequence SET seq = max($1, seq) "
                               "WHERE name = 'life' RETURNING seq",
                               1, 1 },
    [STATEMENT_VALUE_LIST] = { "SELECT id, hash, bytes FROM value "
                               "WHERE id > $1 ORDER BY id LIMIT $2",
                               2, 3 },
    [STATEMENT_VALUE_READ] = { "SELECT bytes FROM value WHERE hash = $1", 1,
                               1 },
    [STATEMENT_OBJECT_LIST] = { "SELECT object.id, object.life, value.hash, "
                                "object.type, object.ident, object.label, "
                                "object.subject, object.issuer, "
                                "object.serial, object.others "
                                "FROM object LEFT JOIN value "
                                "ON value.id = object.value "
                                "WHERE object.id > $1 "
                                "ORDER BY object.id LIMIT $2",
                                2, 10 },
    [STATEMENT_OBJECT_RESTORE] = { "INSERT INTO object (id, life, value, type, "
                                   "ident, label, subject, issuer, serial, "
                                   "others) VALUES "
                                   "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                                   10, 0 },
    [STATEMENT_OBJECT_LAST] = { "SELECT seq FROM sqlite_sequence "
                                "WHERE name = 'object'",
                                0, 1 },
    [STATEMENT_OBJECT_GO_ON] = { "UPDATE sqlite_sequence SET "
                                 "seq = max($1, seq) WHERE name = 'object' "
                                 "RETURNING seq",
                                 1, 1 },
};

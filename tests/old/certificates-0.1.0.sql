-- SPDX-License-Identifier: BSD-3-Clause
-- The tables of a store in PostgreSQL of version 1: two tokens, one of them with
-- a serial number, three certificates, and a number that was used.
DROP SCHEMA IF EXISTS p11mux CASCADE;
DO $$ BEGIN IF to_regnamespace('p11mux') IS NULL THEN CREATE SCHEMA p11mux;
 END IF;
 END $$;
CREATE TABLE p11mux.version (number BIGINT NOT NULL);
INSERT INTO p11mux.version VALUES (0);
CREATE TABLE p11mux.life ( id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY
KEY, token BYTEA NOT NULL UNIQUE, serial BYTEA);
CREATE TABLE p11mux.value ( id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY
KEY, hash BYTEA NOT NULL UNIQUE, bytes BYTEA NOT NULL);
CREATE TABLE p11mux.object ( id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY
KEY, life BIGINT NOT NULL REFERENCES p11mux.life, value BIGINT REFERENCES
p11mux.value, type BIGINT, ident BYTEA, label BYTEA, subject BYTEA, issuer
BYTEA, serial BYTEA, others BYTEA NOT NULL);
CREATE INDEX object_life ON p11mux.object (life, id);
CREATE INDEX object_value ON p11mux.object (value, life);
CREATE INDEX object_type ON p11mux.object (life, type);
CREATE INDEX object_ident ON p11mux.object (life, sha256(ident));
CREATE INDEX object_label ON p11mux.object (life, sha256(label));
CREATE INDEX object_subject ON p11mux.object (life, sha256(subject));
CREATE INDEX object_issuer ON p11mux.object (life, sha256(issuer),
sha256(serial));
CREATE INDEX object_serial ON p11mux.object (life, sha256(serial));
CREATE FUNCTION p11mux.value_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN  DELETE FROM p11mux.value WHERE id = OLD.value AND  NOT EXISTS (SELECT
1 FROM p11mux.object WHERE value = OLD.value);
  RETURN NULL;
 END $$;
CREATE TRIGGER object_destroyed AFTER DELETE ON p11mux.object FOR EACH ROW
EXECUTE FUNCTION p11mux.value_leave();
CREATE TRIGGER object_changed AFTER UPDATE OF value ON p11mux.object FOR EACH
ROW WHEN (OLD.value IS DISTINCT FROM NEW.value) EXECUTE FUNCTION
p11mux.value_leave();
UPDATE p11mux.version SET number = 1;
INSERT INTO p11mux.life (token, serial) VALUES ('token', NULL), ('other', '0001');
INSERT INTO p11mux.value (hash, bytes) VALUES
 ('\x65da867639080176b5998c77219e2745474aa518a04268522467322f06fbd9d9', 'value 1'),
 ('\xe0a44d3c544c8895dacc7c32952766ee4db44122af955826e45c9486639ef5e4', 'value 2');
INSERT INTO p11mux.object
 (life, value, type, ident, label, subject, issuer, serial, others)
 SELECT life, value, 0, convert_to('id ' || value, 'UTF8'),
 convert_to('label ' || value, 'UTF8'), convert_to('subject ' || value, 'UTF8'),
 convert_to('issuer ' || value, 'UTF8'), '0',
 '\x000000000000000001000000080000000000000001000000000000000100000000010100000000000000890000000000'
 FROM (VALUES (1, 1), (1, 2), (1, 2), (2, 2)) AS made (life, value);
DELETE FROM p11mux.object WHERE id = 3;

-- Version 1 of the tables and views. Released: never edited; docs/sqlite.md describes them.
CREATE TABLE tuanzhang_schema (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
) STRICT;

-- Each book's two streams with their heads.
CREATE TABLE tuanzhang_streams (
  id INTEGER PRIMARY KEY,
  book BLOB NOT NULL,       -- 16 bytes
  kind INTEGER NOT NULL,    -- 1 the book's records, 2 its activity
  size INTEGER NOT NULL,    -- number of records
  root BLOB NOT NULL,       -- RFC 6962 root over them, 32 bytes
  edge BLOB NOT NULL,       -- right edge of the tree, to go on from
  sum INTEGER NOT NULL,     -- CRC-32C of the row, as in all tables
  UNIQUE (book, kind)
) STRICT;

CREATE TABLE tuanzhang_records (
  stream INTEGER NOT NULL,
  position INTEGER NOT NULL,
  record BLOB NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (stream, position)
) STRICT, WITHOUT ROWID;

-- Which records came together, and the root behind them.
CREATE TABLE tuanzhang_appends (
  stream INTEGER NOT NULL,
  first INTEGER NOT NULL,
  count INTEGER NOT NULL,
  root BLOB NOT NULL,
  sum INTEGER NOT NULL,
  PRIMARY KEY (stream, first)
) STRICT, WITHOUT ROWID;

-- Names of the events' numbers, for people; no sum, nothing depends on them.
CREATE TABLE tuanzhang_kinds (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

CREATE TRIGGER tuanzhang_records_no_update BEFORE UPDATE ON tuanzhang_records
BEGIN SELECT RAISE(ABORT, 'tuanzhang: what a book has is never changed'); END;
CREATE TRIGGER tuanzhang_records_no_delete BEFORE DELETE ON tuanzhang_records
BEGIN SELECT RAISE(ABORT, 'tuanzhang: what a book has is never changed'); END;
CREATE TRIGGER tuanzhang_appends_no_update BEFORE UPDATE ON tuanzhang_appends
BEGIN SELECT RAISE(ABORT, 'tuanzhang: what a book has is never changed'); END;
CREATE TRIGGER tuanzhang_appends_no_delete BEFORE DELETE ON tuanzhang_appends
BEGIN SELECT RAISE(ABORT, 'tuanzhang: what a book has is never changed'); END;
CREATE TRIGGER tuanzhang_streams_no_delete BEFORE DELETE ON tuanzhang_streams
BEGIN SELECT RAISE(ABORT, 'tuanzhang: a book is never deleted'); END;
CREATE TRIGGER tuanzhang_streams_grow BEFORE UPDATE ON tuanzhang_streams
WHEN NEW.id <> OLD.id OR NEW.book <> OLD.book OR NEW.kind <> OLD.kind OR NEW.size <= OLD.size
BEGIN SELECT RAISE(ABORT, 'tuanzhang: a book only grows'); END;

CREATE VIEW tuanzhang_books AS
SELECT
  substr(k, 1, 8) || '-' || substr(k, 9, 4) || '-' || substr(k, 13, 4) || '-' || substr(k, 17, 4) || '-' || substr(k, 21, 12) AS book,
  CASE kind WHEN 1 THEN 'records' ELSE 'activity' END AS stream,
  size AS records,
  root
FROM (SELECT lower(hex(book)) AS k, kind, size, lower(hex(root)) AS root FROM tuanzhang_streams)
ORDER BY book, stream DESC;

-- The head of each record of the books, out of its bytes (docs/format-record.md). A byte at
-- offset n is the hexadecimal digits 2n + 1 and 2n + 2.
CREATE VIEW tuanzhang_events AS
SELECT
  substr(k, 1, 8) || '-' || substr(k, 9, 4) || '-' || substr(k, 13, 4) || '-' || substr(k, 17, 4) || '-' || substr(k, 21, 12) AS book,
  position,
  strftime('%Y-%m-%dT%H:%M:%S', (at - ((at % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
    || printf('.%06dZ', (at % 1000000 + 1000000) % 1000000) AS recorded_at,
  CASE actor WHEN 0 THEN 'operator' WHEN 1 THEN 'system' WHEN 2 THEN 'leader' WHEN 3 THEN 'supplier' WHEN 4 THEN 'buyer' END AS actor,
  CASE WHEN actor >= 2 THEN substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || '-' || substr(id, 17, 4) || '-' || substr(id, 21, 12) END AS actor_id,
  events,
  e.kind,
  name,
  bytes
FROM (
  SELECT
    k, position, at, actor, bytes,
    lower(substr(h, a * 2 + 3, 32)) AS id,
    (instr('123456789ABCDEF', substr(h, (b + 2) * 2 + 1, 1)) << 4 | instr('123456789ABCDEF', substr(h, (b + 2) * 2 + 2, 1))) | ((instr('123456789ABCDEF', substr(h, (b + 3) * 2 + 1, 1)) << 4 | instr('123456789ABCDEF', substr(h, (b + 3) * 2 + 2, 1))) << 8) AS events,
    (instr('123456789ABCDEF', substr(h, (b + 4) * 2 + 1, 1)) << 4 | instr('123456789ABCDEF', substr(h, (b + 4) * 2 + 2, 1))) | ((instr('123456789ABCDEF', substr(h, (b + 5) * 2 + 1, 1)) << 4 | instr('123456789ABCDEF', substr(h, (b + 5) * 2 + 2, 1))) << 8) AS kind
  FROM (
    -- b: where the rules version stands, behind the actor.
    SELECT k, position, at, actor, bytes, h, a, a + 1 + CASE WHEN actor >= 2 THEN 16 ELSE 0 END AS b
    FROM (
      SELECT k, position, at, bytes, h, a, (instr('123456789ABCDEF', substr(h, a * 2 + 1, 1)) << 4 | instr('123456789ABCDEF', substr(h, a * 2 + 2, 1))) AS actor
      FROM (
        SELECT k, position, bytes, h,
          (instr('123456789ABCDEF', substr(h, 23, 1)) << 4 | instr('123456789ABCDEF', substr(h, 24, 1)))
      | ((instr('123456789ABCDEF', substr(h, 25, 1)) << 4 | instr('123456789ABCDEF', substr(h, 26, 1))) << 8)
      | ((instr('123456789ABCDEF', substr(h, 27, 1)) << 4 | instr('123456789ABCDEF', substr(h, 28, 1))) << 16)
      | ((instr('123456789ABCDEF', substr(h, 29, 1)) << 4 | instr('123456789ABCDEF', substr(h, 30, 1))) << 24)
      | ((instr('123456789ABCDEF', substr(h, 31, 1)) << 4 | instr('123456789ABCDEF', substr(h, 32, 1))) << 32)
      | ((instr('123456789ABCDEF', substr(h, 33, 1)) << 4 | instr('123456789ABCDEF', substr(h, 34, 1))) << 40)
      | ((instr('123456789ABCDEF', substr(h, 35, 1)) << 4 | instr('123456789ABCDEF', substr(h, 36, 1))) << 48)
      | ((instr('123456789ABCDEF', substr(h, 37, 1)) << 4 | instr('123456789ABCDEF', substr(h, 38, 1))) << 56) AS at,
          -- a: where the actor stands, behind occurred_at if the flag 0x0100 is set.
          19 + CASE WHEN instr('13579BDF', substr(h, 6, 1)) > 0 THEN 8 ELSE 0 END AS a
        FROM (
          SELECT lower(hex(s.book)) AS k, r.position, length(r.record) AS bytes,
            hex(substr(r.record, 1, 64)) AS h
          FROM tuanzhang_streams AS s JOIN tuanzhang_records AS r ON r.stream = s.id
          WHERE s.kind = 1 AND substr(r.record, 1, 1) = x'01'
        )
      )
    )
  )
) AS e LEFT JOIN tuanzhang_kinds ON number = e.kind;

CREATE VIEW tuanzhang_activity AS
SELECT
  substr(k, 1, 8) || '-' || substr(k, 9, 4) || '-' || substr(k, 13, 4) || '-' || substr(k, 17, 4) || '-' || substr(k, 21, 12) AS book,
  position,
  strftime('%Y-%m-%dT%H:%M:%S', (at - ((at % 1000000 + 1000000) % 1000000)) / 1000000, 'unixepoch')
    || printf('.%06dZ', (at % 1000000 + 1000000) % 1000000) AS recorded_at,
  entries,
  bytes
FROM (
  SELECT k, position, bytes,
    (instr('123456789ABCDEF', substr(h, 23, 1)) << 4 | instr('123456789ABCDEF', substr(h, 24, 1)))
      | ((instr('123456789ABCDEF', substr(h, 25, 1)) << 4 | instr('123456789ABCDEF', substr(h, 26, 1))) << 8)
      | ((instr('123456789ABCDEF', substr(h, 27, 1)) << 4 | instr('123456789ABCDEF', substr(h, 28, 1))) << 16)
      | ((instr('123456789ABCDEF', substr(h, 29, 1)) << 4 | instr('123456789ABCDEF', substr(h, 30, 1))) << 24)
      | ((instr('123456789ABCDEF', substr(h, 31, 1)) << 4 | instr('123456789ABCDEF', substr(h, 32, 1))) << 32)
      | ((instr('123456789ABCDEF', substr(h, 33, 1)) << 4 | instr('123456789ABCDEF', substr(h, 34, 1))) << 40)
      | ((instr('123456789ABCDEF', substr(h, 35, 1)) << 4 | instr('123456789ABCDEF', substr(h, 36, 1))) << 48)
      | ((instr('123456789ABCDEF', substr(h, 37, 1)) << 4 | instr('123456789ABCDEF', substr(h, 38, 1))) << 56) AS at,
    (instr('123456789ABCDEF', substr(h, 71, 1)) << 4 | instr('123456789ABCDEF', substr(h, 72, 1)))  | ((instr('123456789ABCDEF', substr(h, 73, 1)) << 4 | instr('123456789ABCDEF', substr(h, 74, 1))) << 8) | ((instr('123456789ABCDEF', substr(h, 75, 1)) << 4 | instr('123456789ABCDEF', substr(h, 76, 1))) << 16) | ((instr('123456789ABCDEF', substr(h, 77, 1)) << 4 | instr('123456789ABCDEF', substr(h, 78, 1))) << 24) AS entries
  FROM (
    SELECT lower(hex(s.book)) AS k, r.position, length(r.record) AS bytes,
      hex(substr(r.record, 1, 64)) AS h
    FROM tuanzhang_streams AS s JOIN tuanzhang_records AS r ON r.stream = s.id
    WHERE s.kind = 2 AND substr(r.record, 1, 1) = x'01'
  )
);

-- Version 1 of the tables and views, in a schema that is there. Released: never edited; docs/postgres.md
-- describes them.
CREATE TABLE tuanzhang.schema (
  id smallint PRIMARY KEY CHECK (id = 1),
  version bigint NOT NULL
);

-- Each book's two streams with their heads.
CREATE TABLE tuanzhang.streams (
  book uuid NOT NULL,
  kind smallint NOT NULL,   -- 1 the book's records, 2 its activity
  size bigint NOT NULL,     -- number of records
  root bytea NOT NULL,      -- RFC 6962 root over them, 32 bytes
  edge bytea NOT NULL,      -- right edge of the tree, to go on from
  epoch bigint NOT NULL,    -- from 1; raised after an append whose answer was lost
  sum bigint NOT NULL,      -- CRC-32C of the row, as in all tables
  PRIMARY KEY (book, kind)
) WITH (fillfactor = 70);

CREATE TABLE tuanzhang.records (
  book uuid NOT NULL,
  kind smallint NOT NULL,
  position bigint NOT NULL,
  record bytea NOT NULL,
  sum bigint NOT NULL,
  PRIMARY KEY (book, kind, position)
);

-- Which records came together, and the root behind them.
CREATE TABLE tuanzhang.appends (
  book uuid NOT NULL,
  kind smallint NOT NULL,
  first bigint NOT NULL,
  count bigint NOT NULL,
  root bytea NOT NULL,
  sum bigint NOT NULL,
  PRIMARY KEY (book, kind, first)
);

-- Names of the events' numbers, for people; no sum, nothing depends on them.
CREATE TABLE tuanzhang.kinds (
  number integer PRIMARY KEY,
  name text NOT NULL
);

CREATE FUNCTION tuanzhang.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'tuanzhang: %', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON tuanzhang.records
  FOR EACH ROW EXECUTE FUNCTION tuanzhang.refuse('what a book has is never changed');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON tuanzhang.records
  FOR EACH STATEMENT EXECUTE FUNCTION tuanzhang.refuse('what a book has is never changed');
CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON tuanzhang.appends
  FOR EACH ROW EXECUTE FUNCTION tuanzhang.refuse('what a book has is never changed');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON tuanzhang.appends
  FOR EACH STATEMENT EXECUTE FUNCTION tuanzhang.refuse('what a book has is never changed');
CREATE TRIGGER no_delete BEFORE DELETE ON tuanzhang.streams
  FOR EACH ROW EXECUTE FUNCTION tuanzhang.refuse('a book is never deleted');
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON tuanzhang.streams
  FOR EACH STATEMENT EXECUTE FUNCTION tuanzhang.refuse('a book is never deleted');
-- Either records come, or the epoch is raised and all else stays.
CREATE TRIGGER grow BEFORE UPDATE ON tuanzhang.streams
  FOR EACH ROW WHEN (
    NEW.book <> OLD.book OR NEW.kind <> OLD.kind
    OR NOT (
      (NEW.size > OLD.size AND NEW.epoch = OLD.epoch)
      OR (NEW.size = OLD.size AND NEW.root = OLD.root AND NEW.edge = OLD.edge AND NEW.epoch > OLD.epoch)
    )
  ) EXECUTE FUNCTION tuanzhang.refuse('a book only grows');

-- A number of so many bytes, the lowest first; behind the bytes there are zeros.
CREATE FUNCTION tuanzhang.little_endian(bytes bytea, at integer, length integer) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT bit_or(
    CASE WHEN at + n < octet_length(bytes) THEN get_byte(bytes, at + n)::bigint << (8 * n) ELSE 0 END)
  FROM generate_series(0, length - 1) AS n
$$;

-- A time of the log; nothing where the number is none that a calendar has.
CREATE FUNCTION tuanzhang.log_time(micros bigint) RETURNS timestamp with time zone
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN micros BETWEEN -210866803200000000 AND 253402300799999999 THEN
    (timestamp 'epoch' + micros / 86400000000 * interval '1 day'
      + micros % 86400000000 * interval '1 microsecond') AT TIME ZONE 'UTC'
  END
$$;

CREATE VIEW tuanzhang.books AS
SELECT
  book,
  CASE kind WHEN 1 THEN 'records' ELSE 'activity' END AS stream,
  size AS records,
  encode(root, 'hex') AS root
FROM tuanzhang.streams WHERE size > 0
ORDER BY book, kind;

-- The head of each record of the books, out of its bytes (docs/format-record.md).
CREATE VIEW tuanzhang.events AS
SELECT
  book,
  position,
  tuanzhang.log_time(at) AS recorded_at,
  CASE actor WHEN 0 THEN 'operator' WHEN 1 THEN 'system' WHEN 2 THEN 'leader' WHEN 3 THEN 'supplier' WHEN 4 THEN 'buyer' END AS actor,
  CASE WHEN actor >= 2 AND a + 17 <= octet_length(h) THEN encode(substr(h, a + 2, 16), 'hex')::uuid END AS actor_id,
  tuanzhang.little_endian(h, b + 2, 2) AS events,
  tuanzhang.little_endian(h, b + 4, 2) AS kind,
  name,
  bytes
FROM (
  -- b: where the rules version stands, behind the actor.
  SELECT book, position, at, actor, bytes, h, a, a + 1 + CASE WHEN actor >= 2 THEN 16 ELSE 0 END AS b
  FROM (
    SELECT book, position, at, bytes, h, a, tuanzhang.little_endian(h, a, 1) AS actor
    FROM (
      SELECT book, position, octet_length(record) AS bytes, h,
        tuanzhang.little_endian(h, 11, 8) AS at,
        -- a: where the actor stands, behind occurred_at if the flag 0x0100 is set.
        CASE WHEN tuanzhang.little_endian(h, 2, 1) & 1 = 1 THEN 27 ELSE 19 END AS a
      FROM (
        SELECT book, position, record, substr(record, 1, 64) AS h FROM tuanzhang.records
        WHERE kind = 1 AND substr(record, 1, 1) = '\x01'
      ) AS r
    ) AS r
  ) AS r
) AS e LEFT JOIN tuanzhang.kinds ON number = tuanzhang.little_endian(h, b + 4, 2);

CREATE VIEW tuanzhang.activity AS
SELECT
  book,
  position,
  tuanzhang.log_time(tuanzhang.little_endian(h, 11, 8)) AS recorded_at,
  tuanzhang.little_endian(h, 35, 4) AS entries,
  bytes
FROM (
  SELECT book, position, octet_length(record) AS bytes, substr(record, 1, 64) AS h
  FROM tuanzhang.records WHERE kind = 2 AND substr(record, 1, 1) = '\x01'
) AS r;

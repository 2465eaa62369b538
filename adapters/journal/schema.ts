import type { DatabaseSync } from 'node:sqlite';
import { packOldRows } from './old-rows.ts';

/** SQL, then what SQL can't do, then SQL again. */
export type Migration = string | { sql: string; convert: (database: DatabaseSync) => void; last: string };

/**
 * The journal's tables, as numbered steps: step n brings a file from `user_version` n to n + 1. A step that was
 * released is never edited; a change is a new step. All times are UTC ms in INTEGER columns.
 */
export const MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE reading (
    id INTEGER PRIMARY KEY,
    plug TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    watts REAL, counter_wh REAL, relay INTEGER, volts REAL, amps REAL, celsius REAL,
    flags TEXT NOT NULL,
    feed TEXT NOT NULL
  ) STRICT;
  CREATE INDEX reading_by_plug ON reading (plug, at_ms);

  -- session_id '' stands for "between sessions": NULLs would all be distinct in the key.
  CREATE TABLE slice (
    plug TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    phase TEXT NOT NULL,
    counter_wh REAL NOT NULL, integrated_wh REAL NOT NULL, gap_wh REAL NOT NULL,
    covered_ms REAL NOT NULL,
    PRIMARY KEY (plug, start_ms, session_id, phase)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX slice_by_start ON slice (start_ms);
  CREATE INDEX slice_by_session ON slice (session_id) WHERE session_id <> '';

  CREATE TABLE intensity (
    zone TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    provider TEXT NOT NULL,
    factor_type TEXT NOT NULL,
    end_ms INTEGER NOT NULL,
    grams_per_kwh REAL NOT NULL,
    basis TEXT NOT NULL,
    status TEXT NOT NULL,
    fetched_at_ms INTEGER NOT NULL,
    PRIMARY KEY (zone, start_ms, provider, factor_type)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX intensity_by_start ON intensity (start_ms);

  CREATE TABLE session (
    id TEXT PRIMARY KEY,
    title TEXT,
    started_at_ms INTEGER NOT NULL,
    ended_at_ms INTEGER,
    phases TEXT NOT NULL,
    audience TEXT NOT NULL,
    started_by TEXT NOT NULL,
    ended_by TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_by_start ON session (started_at_ms);

  CREATE TABLE switch_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    command_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    plug TEXT NOT NULL,
    to_power TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    reason TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    took_ms REAL
  ) STRICT;
  CREATE TRIGGER switch_log_no_update BEFORE UPDATE ON switch_log
    BEGIN SELECT RAISE(ABORT, 'the switching log is append-only'); END;
  CREATE TRIGGER switch_log_no_delete BEFORE DELETE ON switch_log
    BEGIN SELECT RAISE(ABORT, 'the switching log is append-only'); END;

  CREATE TABLE state (name TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- AUTOINCREMENT: a number is never used twice, not even after the outbox ran empty.
  CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL) STRICT;
  CREATE TABLE dead_letter (
    seq INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE token (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    scope TEXT NOT NULL,
    hash TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    last_used_at_ms INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counter VALUES
    ('pending', (SELECT count(*) FROM outbox)),
    ('quarantined', (SELECT count(*) FROM dead_letter)),
    ('dropped', 0);
  `,
  `
  -- Viewers come every few seconds: a row each, instead of the whole session again.
  CREATE TABLE audience (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    viewers INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX audience_by_session ON audience (session_id, viewers);
  INSERT INTO audience (session_id, at_ms, viewers)
    SELECT session.id, CAST(said.value ->> 'atMs' AS INTEGER), CAST(said.value ->> 'viewers' AS INTEGER)
    FROM session, json_each(session.audience) AS said ORDER BY session.id, said.key;
  ALTER TABLE session DROP COLUMN audience;
  `,
  `
  -- What became of every line, so that the books can be checked: enqueued = delivered + pending + quarantined + dropped.
  INSERT INTO counter VALUES
    ('enqueued', (SELECT sum(value) FROM counter)), ('delivered', 0),
    -- Of the dropped, those that had been quarantined.
    ('forgotten', 0);
  `,
  `
  -- What a provider said before it restated: kept by the database itself, whoever writes.
  CREATE TABLE intensity_revision (
    zone TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    provider TEXT NOT NULL,
    factor_type TEXT NOT NULL,
    -- 0 for the first value, and so on; the one that stands is in intensity.
    revision INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    grams_per_kwh REAL NOT NULL,
    basis TEXT NOT NULL,
    status TEXT NOT NULL,
    fetched_at_ms INTEGER NOT NULL,
    PRIMARY KEY (zone, start_ms, provider, factor_type, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX intensity_revision_by_start ON intensity_revision (start_ms);
  CREATE TRIGGER intensity_restated BEFORE UPDATE ON intensity
    WHEN old.grams_per_kwh <> new.grams_per_kwh OR old.status <> new.status
    BEGIN
      INSERT INTO intensity_revision
        SELECT old.zone, old.start_ms, old.provider, old.factor_type,
          (SELECT count(*) FROM intensity_revision WHERE zone = old.zone AND start_ms = old.start_ms
            AND provider = old.provider AND factor_type = old.factor_type),
          old.end_ms, old.grams_per_kwh, old.basis, old.status, old.fetched_at_ms;
    END;
  `,
  {
    sql: `
    -- An SD card wears by the page: a flush is one packed row, only ever added.
    CREATE TABLE flush (
      id INTEGER PRIMARY KEY,
      -- The earlier flush whose last values this one builds upon.
      base_id INTEGER,
      -- Its lines have the numbers from first_seq on; an empty one was given up, the live ones were not.
      first_seq INTEGER NOT NULL, lines INTEGER NOT NULL, live INTEGER NOT NULL,
      readings INTEGER NOT NULL,
      -- How far the outbox was when it was written.
      acknowledged INTEGER NOT NULL, delivered INTEGER NOT NULL,
      body BLOB NOT NULL
    ) STRICT;

    -- A quarter hour's flushes: they are summed up in bucket, and go together.
    CREATE TABLE segment (
      first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL,
      from_ms INTEGER, to_ms INTEGER, readings INTEGER NOT NULL,
      first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, live INTEGER NOT NULL,
      -- 1: nothing in it can be given up any more.
      spared INTEGER NOT NULL
    ) STRICT;

    -- Lines that were set aside before those around them were delivered.
    CREATE TABLE hole (seq INTEGER PRIMARY KEY) STRICT;

    -- One plug in one quarter hour, and its minutes while they are kept.
    CREATE TABLE bucket (
      start_ms INTEGER NOT NULL, plug TEXT NOT NULL,
      readings INTEGER NOT NULL, sum_watts REAL NOT NULL, min_watts REAL NOT NULL, max_watts REAL NOT NULL,
      minutes BLOB,
      PRIMARY KEY (start_ms, plug)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX bucket_minutes ON bucket (start_ms) WHERE minutes IS NOT NULL;

    INSERT INTO counter VALUES
      ('acknowledged', 0), ('sequence', 0), ('last_flush', 0), ('booked', 0), ('thinned', 0);

    -- By time first: the slices of now are side by side.
    ALTER TABLE slice RENAME TO slice_by_plug;
    DROP INDEX slice_by_start;
    DROP INDEX slice_by_session;
    CREATE TABLE slice (
      start_ms INTEGER NOT NULL,
      plug TEXT NOT NULL,
      session_id TEXT NOT NULL,
      phase TEXT NOT NULL,
      counter_wh REAL NOT NULL, integrated_wh REAL NOT NULL, gap_wh REAL NOT NULL,
      covered_ms REAL NOT NULL,
      PRIMARY KEY (start_ms, plug, session_id, phase)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO slice
      SELECT start_ms, plug, session_id, phase, counter_wh, integrated_wh, gap_wh, covered_ms FROM slice_by_plug;
    DROP TABLE slice_by_plug;
    CREATE INDEX slice_by_session ON slice (session_id) WHERE session_id <> '';

    -- Long values are packed.
    ALTER TABLE state ADD COLUMN packed BLOB;
    INSERT INTO state (name, json)
      SELECT 'meters', json_group_object(substr(name, 7), json(json)) FROM state WHERE name GLOB 'meter:*' HAVING count(*) > 0;
    DELETE FROM state WHERE name GLOB 'meter:*';
    `,
    convert: packOldRows,
    last: 'DROP TABLE reading; DROP TABLE outbox',
  },
  // What the encoder sent, JSON.
  'ALTER TABLE session ADD COLUMN stream TEXT',
  `
  -- What the daemon made of whole UTC days, on what basis; gone with the first change of what it was made of.
  CREATE TABLE day_total (start_ms INTEGER PRIMARY KEY, basis TEXT NOT NULL, packed BLOB NOT NULL) STRICT;
  `,
  `
  -- Why, by code and data (JSON); what the phase came from; what the plug drew.
  ALTER TABLE switch_log ADD COLUMN reasons TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE switch_log ADD COLUMN source TEXT;
  ALTER TABLE switch_log ADD COLUMN watts_before REAL;
  `,
  `
  -- What offair cut, with the watts that it drew before: savings never depend on readings that are thinned.
  CREATE TABLE cut (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, ended_at_ms INTEGER, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX cut_by_time ON cut (at_ms);
  CREATE TABLE alarm (
    id TEXT PRIMARY KEY, raised_at_ms INTEGER NOT NULL, cleared_at_ms INTEGER, json TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alarm_by_time ON alarm (raised_at_ms);
  `,
];

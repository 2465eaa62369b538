/**
 * The journal's tables, as numbered steps: step n brings a file from `user_version` n to n + 1. A step that was
 * released is never edited; a change is a new step. All times are UTC ms in INTEGER columns.
 */
export const MIGRATIONS: readonly string[] = [
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
];

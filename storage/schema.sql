-- Times are microseconds since the Unix epoch, UTC. Digests are raw bytes.

-- A name is never forgotten: history outlives configuration.
CREATE TABLE authority (
  id     INTEGER PRIMARY KEY,
  name   TEXT NOT NULL UNIQUE,
  issuer TEXT NOT NULL
) STRICT;

-- Bodies after redaction, stored once, whoever served them.
CREATE TABLE document (
  id     INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
  bytes  BLOB NOT NULL
) STRICT;

-- Canonical members of keys and of discovery documents, stored once.
CREATE TABLE fragment (
  id     INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
  text   TEXT NOT NULL
) STRICT;

-- A stretch of equal observations. Not every body is kept for ever, so that the digests here are
-- no foreign keys.
CREATE TABLE span (
  id                INTEGER PRIMARY KEY,
  authority_id      INTEGER NOT NULL REFERENCES authority (id),
  first_us          INTEGER NOT NULL,
  last_us           INTEGER NOT NULL CHECK (last_us >= first_us),
  count             INTEGER NOT NULL CHECK (count > 0),
  discovery_status  INTEGER NOT NULL,
  jwks_status       INTEGER NOT NULL,
  discovery_url     TEXT NOT NULL,
  jwks_url          TEXT NOT NULL,
  discovery_failure TEXT NOT NULL,
  jwks_failure      TEXT NOT NULL,
  discovery_sha256  BLOB,
  jwks_sha256       BLOB,
  jwks_good         INTEGER NOT NULL CHECK (jwks_good IN (0, 1)),
  worst_us          INTEGER NOT NULL,
  typical_us        INTEGER NOT NULL,
  UNIQUE (authority_id, first_us)
) STRICT;

CREATE INDEX span_good ON span (authority_id, first_us) WHERE jwks_good = 1;
CREATE INDEX span_discovery ON span (discovery_sha256) WHERE discovery_sha256 IS NOT NULL;
CREATE INDEX span_jwks ON span (jwks_sha256) WHERE jwks_sha256 IS NOT NULL;

-- What is remembered of every key for ever. kids: JSON array, null = no kid.
-- last_members, former_members: JSON arrays of [kid, fragment id].
CREATE TABLE key (
  authority_id    INTEGER NOT NULL REFERENCES authority (id),
  thumbprint      TEXT NOT NULL,
  first_seen_us   INTEGER NOT NULL,
  last_seen_us    INTEGER NOT NULL,
  kids            TEXT NOT NULL,
  last_members    TEXT NOT NULL,
  former_members  TEXT NOT NULL,
  kty             TEXT NOT NULL,
  crv             TEXT NOT NULL,
  alg             TEXT NOT NULL,
  use             TEXT NOT NULL,
  bits            INTEGER NOT NULL,
  signing         INTEGER NOT NULL CHECK (signing IN (0, 1)),
  first_absent_us INTEGER,
  absent_count    INTEGER NOT NULL,
  withdrawn_us    INTEGER,
  PRIMARY KEY (authority_id, thumbprint)
) STRICT, WITHOUT ROWID;

-- thumbprints: JSON array, those that the kid had when last seen.
CREATE TABLE kid (
  authority_id INTEGER NOT NULL REFERENCES authority (id),
  kid          TEXT NOT NULL,
  thumbprints  TEXT NOT NULL,
  PRIMARY KEY (authority_id, kid)
) STRICT, WITHOUT ROWID;

-- A stretch in which a key was in the set under one kid with the same members.
CREATE TABLE sighting (
  authority_id INTEGER NOT NULL REFERENCES authority (id),
  thumbprint   TEXT NOT NULL,
  first_us     INTEGER NOT NULL,
  has_kid      INTEGER NOT NULL CHECK (has_kid IN (0, 1)),
  kid          TEXT NOT NULL,
  fragment_id  INTEGER NOT NULL REFERENCES fragment (id),
  last_us      INTEGER NOT NULL CHECK (last_us >= first_us),
  PRIMARY KEY (authority_id, thumbprint, first_us, has_kid, kid)
) STRICT, WITHOUT ROWID;

-- The state from which a timeline goes on. last_set, last_signing: JSON arrays of thumbprints;
-- flaps: JSON array of integers.
CREATE TABLE timeline (
  authority_id     INTEGER PRIMARY KEY REFERENCES authority (id),
  any_good         INTEGER NOT NULL CHECK (any_good IN (0, 1)),
  last_good_us     INTEGER,
  last_set         TEXT NOT NULL,
  last_signing     TEXT NOT NULL,
  flaps            TEXT NOT NULL,
  inconsistent     INTEGER NOT NULL CHECK (inconsistent IN (0, 1)),
  discovery_id     INTEGER REFERENCES fragment (id),
  jwks_sha256      TEXT NOT NULL,
  discovery_sha256 TEXT NOT NULL,
  leaf_sha256      TEXT NOT NULL
) STRICT;

-- The chain. record: the canonical JSON that was hashed, byte for byte.
CREATE TABLE audit (
  seq    INTEGER PRIMARY KEY CHECK (seq >= 0),
  hash   BLOB NOT NULL CHECK (length(hash) = 32),
  record BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit chain is append-only');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit chain is append-only');
END;

-- Which records are events, by what they are looked for; the event itself stands in its record.
CREATE TABLE event (
  seq          INTEGER PRIMARY KEY REFERENCES audit (seq),
  at_us        INTEGER NOT NULL,
  authority_id INTEGER REFERENCES authority (id),
  type         TEXT NOT NULL,
  thumbprint   TEXT NOT NULL
) STRICT;
CREATE INDEX event_at ON event (at_us);
CREATE INDEX event_authority ON event (authority_id, at_us);

CREATE TABLE alert (
  finding_id TEXT PRIMARY KEY,
  state      TEXT NOT NULL,
  json       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- position: the order in which messages were put in, which is kept per (receiver, grp).
CREATE TABLE outbox (
  position        INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL,
  receiver        TEXT NOT NULL,
  grp             TEXT NOT NULL,
  type            TEXT NOT NULL,
  body            TEXT NOT NULL,
  created_us      INTEGER NOT NULL,
  next_attempt_us INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  last_error      TEXT NOT NULL,
  UNIQUE (id, receiver)
) STRICT;

-- The main road: projects, servers, the catalogue, installs, jobs and what is reported of them.
--
-- Two kinds of tables. Cold ones (projects, servers, apps, keys) have foreign keys. Hot ones (sessions, jobs, attempts,
-- receipts, log chunks) have none: they carry the server's uid in their key, so that they can be distributed by it.

-- Time and ids -------------------------------------------------------------------------------------------------------

-- Every durable comparison of times goes through here. Tests replace it in their own database.
CREATE FUNCTION purvey_now() RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    AS 'SELECT clock_timestamp()';

-- The lowest UUIDv7 (RFC 9562) of a time: its 48 bits of milliseconds, then zeros.
CREATE FUNCTION purvey_uuid7_floor(at timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT rpad(lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0'), 32, '0')::uuid $$;

-- A new UUIDv7 of a time: a random UUIDv4 with the first 48 bits replaced and the version's two differing bits set.
CREATE FUNCTION purvey_uuid7(at timestamptz) RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
    AS $$
        SELECT encode(
            set_bit(set_bit(
                overlay(uuid_send(gen_random_uuid())
                    PLACING substring(int8send(floor(extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
                52, 1), 53, 1),
            'hex')::uuid
    $$;

-- Tenants and callers ------------------------------------------------------------------------------------------------

CREATE TABLE projects (
    project_id uuid PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT purvey_now(),
    CONSTRAINT projects_name_key UNIQUE (name)
);
INSERT INTO projects (project_id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'default');

CREATE TABLE api_keys (
    key_id       text PRIMARY KEY,
    project_id   uuid NOT NULL REFERENCES projects,
    -- True if the key is not bound to its project but may act in all of them.
    all_projects boolean NOT NULL,
    display_name text NOT NULL,
    role         text NOT NULL CONSTRAINT api_keys_role_check CHECK (role IN ('admin', 'operator', 'developer', 'viewer')),
    -- SHA-256 of the whole key.
    secret_hash  bytea NOT NULL,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT purvey_now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_keys_created_idx ON api_keys (created_at DESC, key_id);

CREATE TABLE bootstrap_tokens (
    secret_hash bytea PRIMARY KEY,
    created_at  timestamptz NOT NULL DEFAULT purvey_now(),
    expires_at  timestamptz NOT NULL,
    spent_at    timestamptz
);

-- What a request with a request_id made, for 24 hours.
CREATE TABLE request_ids (
    project_id   uuid NOT NULL,
    principal    text NOT NULL,
    method       text NOT NULL,
    request_id   uuid NOT NULL,
    request_hash bytea NOT NULL,
    made         uuid[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT purvey_now(),
    PRIMARY KEY (project_id, principal, method, request_id)
);
CREATE INDEX request_ids_created_idx ON request_ids (created_at);

CREATE TABLE audit_entries (
    entry_id   uuid PRIMARY KEY DEFAULT purvey_uuid7(purvey_now()),
    project_id uuid NOT NULL,
    principal  text NOT NULL,
    action     text NOT NULL,
    resource   text NOT NULL,
    allowed    boolean NOT NULL,
    -- How often, for denials of one principal and action, which are counted instead of listed.
    times      bigint NOT NULL DEFAULT 1,
    details    jsonb NOT NULL DEFAULT '{}',
    at         timestamptz NOT NULL DEFAULT purvey_now()
);
CREATE INDEX audit_entries_project_idx ON audit_entries (project_id, entry_id);

-- Keys of the fleet --------------------------------------------------------------------------------------------------

CREATE TABLE fleet_keys (
    key_id      bytea PRIMARY KEY,
    project_id  uuid NOT NULL REFERENCES projects,
    purpose     text NOT NULL CONSTRAINT fleet_keys_purpose_check
                CHECK (purpose IN ('root', 'ca', 'job', 'receipt', 'audit', 'mac')),
    -- The private part, wrapped by the KMS.
    wrapped     bytea NOT NULL,
    -- The CA's certificate (DER); empty for other purposes.
    certificate bytea NOT NULL DEFAULT '',
    not_before  timestamptz NOT NULL,
    not_after   timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT purvey_now(),
    retired_at  timestamptz
);

CREATE TABLE trust_documents (
    version    bigint PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects,
    envelope   bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT purvey_now()
);

-- Servers ------------------------------------------------------------------------------------------------------------

CREATE TABLE servers (
    server_uid  uuid PRIMARY KEY,
    project_id  uuid NOT NULL REFERENCES projects,
    name        text NOT NULL,
    labels      jsonb NOT NULL DEFAULT '{}',
    facts       jsonb NOT NULL DEFAULT '{}',
    facts_digest bytea NOT NULL DEFAULT '',
    state       text NOT NULL DEFAULT 'active' CONSTRAINT servers_state_check
                CHECK (state IN ('active', 'evicted', 'banned', 'quarantined')),
    -- The latest; it is live unless incarnations.ended_at is set.
    incarnation integer NOT NULL,
    revision    bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT purvey_now(),
    CONSTRAINT servers_project_name_key UNIQUE (project_id, name)
);

CREATE TABLE incarnations (
    server_uid    uuid NOT NULL REFERENCES servers,
    incarnation   integer NOT NULL,
    project_id    uuid NOT NULL REFERENCES projects,
    -- SHA-256 of the TLS key's SubjectPublicKeyInfo.
    tls_key       bytea NOT NULL,
    -- The same of the key that it renewed to. It takes the other one's place when it is first used.
    next_tls_key  bytea,
    receipt_key   bytea NOT NULL,
    sealing_key   bytea NOT NULL,
    -- SHA-256 of the challenge that proves possession of the sealing key; empty once proven.
    sealing_challenge bytea NOT NULL,
    -- The answer to a lost one: what was sealed, so that a repeat gets the same.
    sealed_challenge  bytea NOT NULL,
    key_statement bytea NOT NULL,
    join_token    uuid NOT NULL,
    -- Secrets go to a later incarnation only after an operator confirmed it.
    secrets_allowed boolean NOT NULL,
    -- The agent's journal.
    journal_id    text NOT NULL DEFAULT '',
    -- SHA-256 of what the next opening poll has to show, and of what others were given who fell behind.
    chain         bytea NOT NULL DEFAULT '',
    rival_chains  bytea[] NOT NULL DEFAULT '{}',
    -- When one who had fallen behind was last seen again.
    forked_at     timestamptz,
    created_at    timestamptz NOT NULL DEFAULT purvey_now(),
    ended_at      timestamptz,
    ended_reason  text NOT NULL DEFAULT '',
    PRIMARY KEY (server_uid, incarnation)
);

CREATE INDEX incarnations_ended_idx ON incarnations (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE join_tokens (
    token_uid   uuid PRIMARY KEY,
    project_id  uuid NOT NULL REFERENCES projects,
    secret_hash bytea NOT NULL,
    -- The server's id; empty takes the machine's host name.
    server_name text NOT NULL,
    -- The server that it enrols again; null for a new one.
    server_uid  uuid,
    labels      jsonb NOT NULL,
    address_range inet,
    created_by  text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT purvey_now(),
    expires_at  timestamptz NOT NULL,
    revoked_at  timestamptz,
    used_at     timestamptz,
    -- Who used it: the only ones that may repeat the call.
    used_by_key bytea,
    used_server uuid,
    used_incarnation integer
);
CREATE INDEX join_tokens_project_idx ON join_tokens (project_id, token_uid DESC);

-- One row a server that has ever connected. A new connection raises the epoch and so ends older ones.
CREATE TABLE agent_sessions (
    server_uid  uuid PRIMARY KEY,
    project_id  uuid NOT NULL,
    incarnation integer NOT NULL,
    epoch       bigint NOT NULL,
    slots       integer NOT NULL DEFAULT 1,
    replica     uuid NOT NULL,
    connected   boolean NOT NULL,
    last_seen_at timestamptz NOT NULL DEFAULT purvey_now()
) WITH (fillfactor = 70);

-- How machines fare, as they last said. Not worth a byte in the log: the next poll says it again.
CREATE UNLOGGED TABLE heartbeats (
    server_uid  uuid PRIMARY KEY,
    body        jsonb NOT NULL,
    seen_at     timestamptz NOT NULL
) WITH (fillfactor = 70);

-- The catalogue ------------------------------------------------------------------------------------------------------

-- All documents of the publishers that are known here, as they were signed. Each follows the one before.
CREATE TABLE publisher_documents (
    publisher  text NOT NULL,
    version    bigint NOT NULL,
    project_id uuid NOT NULL REFERENCES projects,
    -- DSSE envelope, JSON.
    envelope   bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT purvey_now(),
    PRIMARY KEY (publisher, version)
);

CREATE TABLE bundles (
    digest     bytea PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects,
    archive    bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT purvey_now()
);

CREATE TABLE app_versions (
    publisher  text NOT NULL,
    app        text NOT NULL,
    version    text NOT NULL,
    project_id uuid NOT NULL REFERENCES projects,
    release    bigint NOT NULL,
    digest     bytea NOT NULL REFERENCES bundles,
    -- The publisher's signed statement (DSSE envelope, JSON). A newer one for the same bundle may take its place.
    statement  bytea NOT NULL,
    -- The manifest's text, as in the bundle.
    manifest   text NOT NULL,
    -- What lists and searches show of it.
    display_name text NOT NULL,
    description  text NOT NULL,
    category     text NOT NULL,
    tags         text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT purvey_now(),
    CONSTRAINT app_versions_pkey PRIMARY KEY (app, version),
    CONSTRAINT app_versions_release_key UNIQUE (app, release)
);

-- Installs and jobs --------------------------------------------------------------------------------------------------

CREATE TABLE installs (
    install_uid uuid PRIMARY KEY,
    server_uid  uuid NOT NULL,
    project_id  uuid NOT NULL,
    server_name text NOT NULL,
    name        text NOT NULL,
    publisher   text NOT NULL,
    app         text NOT NULL,
    version     text NOT NULL,
    release     bigint NOT NULL,
    digest      bytea NOT NULL,
    -- Plain inputs as validated; the sensitive ones encrypted by the KMS, their names, and keyed hashes to compare by.
    inputs        jsonb NOT NULL,
    secret_inputs bytea NOT NULL DEFAULT '',
    secret_macs   jsonb NOT NULL DEFAULT '{}',
    desired_state text NOT NULL CONSTRAINT installs_desired_state_check CHECK (desired_state IN ('present', 'absent')),
    generation    bigint NOT NULL,
    observed_generation bigint NOT NULL DEFAULT 0,
    observed_state text NOT NULL DEFAULT 'pending' CONSTRAINT installs_observed_state_check
                   CHECK (observed_state IN ('pending', 'ready', 'failed', 'degraded', 'unknown', 'absent')),
    observed_version text NOT NULL DEFAULT '',
    -- Newest first, so that a late receipt of an older job cannot move it back.
    observed_job  uuid,
    outputs       jsonb NOT NULL DEFAULT '{}',
    -- The newest generation's job, or its latest retry.
    job_id        uuid NOT NULL,
    job_ended     boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT purvey_now(),
    updated_at    timestamptz NOT NULL DEFAULT purvey_now(),
    deleted_at    timestamptz,
    changed_xid   xid8 NOT NULL DEFAULT pg_current_xact_id()
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX installs_server_app_key ON installs (server_uid, app) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX installs_server_name_key ON installs (server_uid, name) WHERE deleted_at IS NULL;
CREATE INDEX installs_project_idx ON installs (project_id, server_name, name) WHERE deleted_at IS NULL;
CREATE INDEX installs_changed_idx ON installs (changed_xid);

-- Jobs that have not ended. Ended ones are in finished_jobs, which has the same columns and when it ended.
CREATE TABLE jobs (
    job_id      uuid PRIMARY KEY,
    server_uid  uuid NOT NULL,
    project_id  uuid NOT NULL,
    install_uid uuid NOT NULL,
    server_name text NOT NULL,
    install_name text NOT NULL,
    publisher   text NOT NULL,
    app         text NOT NULL,
    version     text NOT NULL,
    release     bigint NOT NULL,
    digest      bytea NOT NULL,
    action      text NOT NULL CONSTRAINT jobs_action_check CHECK (action IN
                ('install', 'upgrade', 'reconfigure', 'verify', 'backup', 'restore', 'uninstall')),
    generation  bigint NOT NULL,
    inputs        jsonb NOT NULL,
    secret_inputs bytea NOT NULL DEFAULT '',
    requested_by  text NOT NULL,
    retry_of      uuid,
    -- How it may be tried again, as the manifest says.
    max_attempts  integer NOT NULL,
    retry_initial_seconds integer NOT NULL,
    retry_max_seconds     integer NOT NULL,
    timeout_seconds integer NOT NULL,
    idempotent    boolean NOT NULL,
    -- Where it stands.
    state       text NOT NULL CONSTRAINT jobs_state_check CHECK (state IN
                ('waiting', 'queued', 'offered', 'running', 'cancelling')),
    -- The latest attempt that was offered; 0 before the first.
    attempt     integer NOT NULL DEFAULT 0,
    -- The highest attempt that was accepted; while running or cancelling, the one that runs. Lower ones are stale.
    fence       integer NOT NULL DEFAULT 0,
    -- How many attempts ended: an offer that never arrived is not one.
    attempts_ended integer NOT NULL DEFAULT 0,
    ready_at    timestamptz NOT NULL DEFAULT purvey_now(),
    -- While offered: when the offer is void. While running: when the job is given up for lost.
    deadline    timestamptz,
    cancel_requested_at timestamptz,
    progress_percent integer NOT NULL DEFAULT 0,
    progress_message text NOT NULL DEFAULT '',
    exit_code   integer,
    reason_code text NOT NULL DEFAULT '',
    reason      text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT purvey_now(),
    started_at  timestamptz,
    changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id()
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX jobs_install_active_key ON jobs (install_uid) WHERE state <> 'waiting';
CREATE UNIQUE INDEX jobs_install_waiting_key ON jobs (install_uid) WHERE state = 'waiting';
CREATE INDEX jobs_server_idx ON jobs (server_uid, job_id);
CREATE INDEX jobs_queued_idx ON jobs (server_uid, ready_at) WHERE state = 'queued';
CREATE INDEX jobs_cancelling_idx ON jobs (server_uid) WHERE state = 'cancelling';
CREATE INDEX jobs_due_idx ON jobs (ready_at) WHERE state = 'queued';
CREATE INDEX jobs_deadline_idx ON jobs (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX jobs_project_idx ON jobs (project_id, job_id);
CREATE INDEX jobs_changed_idx ON jobs (changed_xid);

CREATE TABLE finished_jobs (
    LIKE jobs INCLUDING DEFAULTS,
    ended_at timestamptz NOT NULL DEFAULT purvey_now(),
    CONSTRAINT finished_jobs_pkey PRIMARY KEY (job_id, server_uid),
    CONSTRAINT finished_jobs_state_check CHECK (state IN
        ('succeeded', 'failed', 'refused', 'cancelled', 'superseded', 'lost'))
) PARTITION BY RANGE (job_id);
CREATE INDEX finished_jobs_project_idx ON finished_jobs (project_id, job_id);
CREATE INDEX finished_jobs_install_idx ON finished_jobs (install_uid, job_id);
CREATE INDEX finished_jobs_server_idx ON finished_jobs (server_uid, job_id);
CREATE INDEX finished_jobs_changed_idx ON finished_jobs (changed_xid);

-- Live and ended jobs as one, for reads.
CREATE VIEW all_jobs AS
    SELECT job_id, server_uid, project_id, install_uid, server_name, install_name, publisher, app, version, action, generation,
        requested_by, retry_of, max_attempts, state, attempt, fence, ready_at, deadline, cancel_requested_at,
        progress_percent, progress_message, exit_code, reason_code, reason, created_at, started_at,
        NULL::timestamptz AS ended_at, changed_xid
    FROM jobs
    UNION ALL
    SELECT job_id, server_uid, project_id, install_uid, server_name, install_name, publisher, app, version, action, generation,
        requested_by, retry_of, max_attempts, state, attempt, fence, ready_at, deadline, cancel_requested_at,
        progress_percent, progress_message, exit_code, reason_code, reason, created_at, started_at, ended_at, changed_xid
    FROM finished_jobs;

CREATE TABLE attempts (
    job_id      uuid NOT NULL,
    server_uid  uuid NOT NULL,
    attempt     integer NOT NULL,
    project_id  uuid NOT NULL,
    incarnation integer NOT NULL,
    state       text NOT NULL CONSTRAINT attempts_state_check CHECK (state IN ('offered', 'accepted', 'ended', 'void')),
    -- The job as it was signed (DSSE envelope, JSON), and the digest of its payload.
    envelope    bytea NOT NULL,
    job_digest  bytea NOT NULL,
    -- The last chunk that is stored, and the last that the receipt vouches for.
    chunk_seq   bigint NOT NULL DEFAULT 0,
    final_chunk_seq bigint,
    offered_at  timestamptz NOT NULL DEFAULT purvey_now(),
    accepted_at timestamptz,
    ended_at    timestamptz,
    CONSTRAINT attempts_pkey PRIMARY KEY (job_id, server_uid, attempt)
) PARTITION BY RANGE (job_id);

CREATE TABLE receipts (
    job_id      uuid NOT NULL,
    server_uid  uuid NOT NULL,
    attempt     integer NOT NULL,
    project_id  uuid NOT NULL,
    incarnation integer NOT NULL,
    envelope    bytea NOT NULL,
    countersignature bytea NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT receipts_pkey PRIMARY KEY (job_id, server_uid, attempt)
) PARTITION BY RANGE (job_id);

CREATE TABLE log_chunks (
    job_id      uuid NOT NULL,
    server_uid  uuid NOT NULL,
    attempt     integer NOT NULL,
    chunk_seq   bigint NOT NULL,
    project_id  uuid NOT NULL,
    first_line  bigint NOT NULL,
    lines       integer NOT NULL,
    -- Exactly as the agent sent it: the log digest is over these bytes.
    payload     bytea NOT NULL,
    CONSTRAINT log_chunks_pkey PRIMARY KEY (job_id, server_uid, attempt, chunk_seq)
) PARTITION BY RANGE (job_id);

-- Partitions ---------------------------------------------------------------------------------------------------------

-- Makes the weekly partitions of all history that begin in [from_week, to_week], and answers how many it made.
-- CREATE LIKE + ATTACH: the parents stay readable and writable meanwhile.
CREATE FUNCTION purvey_make_partitions(from_time timestamptz, to_time timestamptz) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    parent text;
    week   timestamptz;
    child  text;
    made   integer := 0;
BEGIN
    FOREACH parent IN ARRAY ARRAY['finished_jobs', 'attempts', 'receipts', 'log_chunks'] LOOP
        FOR week IN SELECT generate_series(date_trunc('week', from_time, 'UTC'), to_time, interval '7 days') LOOP
            child := parent || '_' || to_char(week AT TIME ZONE 'UTC', 'YYYYMMDD');
            CONTINUE WHEN to_regclass(child) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child,
                purvey_uuid7_floor(week), purvey_uuid7_floor(week + interval '7 days'));
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

SELECT purvey_make_partitions(purvey_now(), purvey_now() + interval '28 days');

-- Drops the weekly partitions that end more than `keep_weeks` weeks ago, unless a live job's id lies below their upper bound, and
-- answers how many it dropped.
CREATE FUNCTION purvey_drop_partitions(keep_weeks integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    oldest_live uuid := (SELECT job_id FROM jobs ORDER BY job_id LIMIT 1);
    upper_bound uuid;
    child       record;
    dropped     integer := 0;
BEGIN
    FOR child IN
        SELECT c.relname
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('finished_jobs'::regclass, 'attempts'::regclass, 'receipts'::regclass, 'log_chunks'::regclass)
    LOOP
        upper_bound := purvey_uuid7_floor(to_date(right(child.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' + interval '7 days');
        CONTINUE WHEN upper_bound > purvey_uuid7_floor(purvey_now() - make_interval(weeks => keep_weeks));
        CONTINUE WHEN oldest_live IS NOT NULL AND oldest_live < upper_bound;
        EXECUTE format('DROP TABLE %I', child.relname);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

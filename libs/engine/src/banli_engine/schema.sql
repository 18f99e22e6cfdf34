-- The database of one deciding service. All of it can be rebuilt from the log, but what is unsent.
-- Applied at every start; each statement may be repeated.

create table if not exists events (           -- inbox, outbox and history in one
    subject text not null, source text not null, version int not null,
    hash bytea not null, headers bytea not null, value bytea not null,
    primary key (subject, source, version)
);
create table if not exists heads (            -- how often anything about a subject was written
    subject text primary key, changes bigint not null
) with (fillfactor = 50);
create table if not exists unsent (           -- own events that the log has not acknowledged
    seq bigint generated always as identity primary key, subject text not null, version int not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
alter table unsent add column if not exists at timestamptz not null default clock_timestamp();
create index if not exists unsent_subject on unsent (subject, version);
create table if not exists answers (          -- what was answered to which command of whom
    sender text not null, command text not null, hash text not null, outcome text not null,
    answer bytea not null, primary key (sender, command)
);
create table if not exists unsent_receipts (  -- answers on their way; they wait for their events
    seq bigint generated always as identity primary key, topic text not null,
    key bytea not null, headers bytea not null, value bytea not null, subject text, version int
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
alter table unsent_receipts
    add column if not exists at timestamptz not null default clock_timestamp();
create table if not exists positions (        -- the next offset to read
    topic text not null, part int not null, next_offset bigint not null, primary key (topic, part)
) with (fillfactor = 50);
create table if not exists topics (           -- a topic made anew under the same name is another topic
    topic text primary key, id text not null
);
create table if not exists waiting (          -- early submissions and deferred reactions
    seq bigint generated always as identity primary key, subject text not null, kind text not null,
    sender text not null, command text not null, body bytea not null,
    since timestamptz not null default clock_timestamp()
);
create index if not exists waiting_subject on waiting (subject, kind, seq);
create table if not exists unknown (          -- events to react to later: their type is not known
                                              -- to this build, or many subjects are concerned
    type text not null, subject text not null, source text not null, version int not null,
    primary key (type, subject, source, version)
);
create table if not exists published (        -- reference events that were read back, in log order
    pos bigint primary key, subject text not null, source text not null, version int not null
);  -- its last `mark` changes whenever there is more
create table if not exists parked (           -- messages that could not be read or do not fit
    topic text not null, part int not null, pos bigint not null, subject text not null,
    reason text not null, key bytea, headers bytea not null, value bytea,
    since timestamptz not null default clock_timestamp(), primary key (topic, part, pos)
);
create index if not exists parked_subject on parked (subject);
alter table published add column if not exists mark bigint generated always as identity unique;
create table if not exists due (              -- derived: when somebody must look
    subject text not null, clock text not null, at timestamptz not null, cause text not null,
    primary key (subject, clock)
);
create index if not exists due_at on due (at);
create table if not exists watching (         -- derived: what a subject must hear of
    key text not null, subject text not null, primary key (key, subject)
);
create index if not exists watching_subject on watching (subject);
create table if not exists faults (           -- own reactions, and looks at clocks, that were refused
    reaction text not null, event text not null, subject text not null, code text not null,
    primary key (reaction, event, subject)
);
create table if not exists leases (           -- one sender at a time, by machine time
    name text primary key, holder text not null, until timestamptz not null
);
create table if not exists settings (         -- driven time, mode, version of the clocks
    name text primary key, value text not null
);

-- What a batch rests on, in one snapshot, as rows of many kinds: s setting, o offset of the reference
-- topic, m mark of what is published, h head, e event, w waiting (version: its age in ms), p parked
-- (hash: its key), a answer (subject: its sender, source: its command, hash: its outcome).
create or replace function load_batch(
    subjects text[], known bigint[], senders text[], commands text[], at_once int
) returns table (kind text, subject text, n bigint, source text, version int, note text,
                 hash bytea, headers bytea, value bytea)
language sql stable as $$
    select 's', s.name, null::bigint, null::text, null::int, s.value,
           null::bytea, null::bytea, null::bytea
      from settings s
    union all
    select 'o', p.topic, p.next_offset, null, p.part, null, null, null, null
      from positions p where p.topic like '%reference-events'
    union all
    select 'm', null, max(p.mark), null, null, null, null, null, null from published p
    union all
    select 'h', h.subject, h.changes, null, null, null, null, null, null
      from heads h where h.subject = any(subjects)
    union all
    select 'e', e.subject, null, e.source, e.version, null, e.hash, e.headers, e.value
      from unnest(subjects, known) k(subject, changes)
      join heads h on h.subject = k.subject and h.changes <> k.changes
      join events e on e.subject = k.subject
    union all
    select 'w', w.subject, w.seq, w.kind, least(extract(epoch from clock_timestamp() - w.since) * 1000,
           2000000000)::int, null, null, null, w.body
      from unnest(subjects) s(subject) cross join unnest('{submission,reaction}'::text[]) k(kind)
           cross join lateral (select * from waiting where subject = s.subject and kind = k.kind
                                order by seq limit at_once + 1) w
    union all
    select 'p', p.subject, p.pos, p.topic, p.part, p.reason, p.key, p.headers, p.value
      from parked p where p.subject = any(subjects)
    union all
    select 'a', a.sender, null, a.command, null, a.hash, convert_to(a.outcome, 'UTF8'), null, a.answer
      from unnest(senders, commands) c(sender, command)
      join answers a on a.sender = c.sender and a.command = c.command
    union all
    select 'a', a.sender, null, a.command, null, a.hash, convert_to(a.outcome, 'UTF8'), null, a.answer
      from unnest(subjects) s(subject) cross join unnest('{submission,reaction}'::text[]) k(kind)
           cross join lateral (select * from waiting where subject = s.subject and kind = k.kind
                                order by seq limit at_once + 1) w
      join answers a on a.sender = w.sender and a.command = w.command
$$;

-- Check and write one batch. BL001: a position is not where it was read. BL002: a subject has moved.
create or replace function save_batch(
    p_topic text[], p_part int[], p_old bigint[], p_new bigint[],
    h_subject text[], h_changes bigint[], h_moved bool[],
    e_subject text[], e_source text[], e_version int[], e_hash bytea[], e_headers bytea[],
    e_value bytea[], e_own bool[],
    a_sender text[], a_command text[], a_hash text[], a_outcome text[], a_answer bytea[],
    a_decided bool[],
    r_topic text[], r_key bytea[], r_headers bytea[], r_value bytea[], r_subject text[],
    r_version int[],
    w_gone bigint[], w_subject text[], w_kind text[], w_sender text[], w_command text[],
    w_body bytea[],
    u_type text[], u_subject text[], u_source text[], u_version int[],
    b_pos bigint[], b_subject text[], b_source text[], b_version int[],
    k_gone_topic text[], k_gone_part int[], k_gone_pos bigint[],
    k_topic text[], k_part int[], k_pos bigint[], k_subject text[], k_reason text[], k_key bytea[],
    k_headers bytea[], k_value bytea[],
    d_subjects text[], d_subject text[], d_clock text[], d_at timestamptz[], d_cause text[],
    f_reaction text[], f_event text[], f_subject text[], f_code text[],
    o_subject text[], o_source text[], o_version int[], o_own bool[],
    n_subjects text[], n_key text[], n_subject text[], n_reference bigint
) returns void language plpgsql as $$
declare
    rows int;
    wanted int := cardinality(p_topic);
begin
    if cardinality(n_subjects) > 0 and n_reference is not null then
        -- what was published meanwhile was spread to those that watched then: decide again on it
        perform 1 from positions p where p.topic like '%reference-events' for share;
        perform 1 from positions p
          where p.topic like '%reference-events' and p.next_offset <> n_reference;
        if found then
            raise exception 'more was published' using errcode = 'BL002';
        end if;
    end if;
    if wanted > 0 then
        perform 1 from positions p join unnest(p_topic, p_part) x(topic, part)
            on p.topic = x.topic and p.part = x.part order by p.topic, p.part for update of p;
        update positions p set next_offset = x.new
          from unnest(p_topic, p_part, p_old, p_new) x(topic, part, old, new)
         where p.topic = x.topic and p.part = x.part and p.next_offset = x.old;
        get diagnostics rows = row_count;
        if rows <> wanted then
            raise exception 'a position has moved' using errcode = 'BL001';
        end if;
    end if;
    if cardinality(h_subject) > 0 then
        insert into heads select x.subject, 0 from unnest(h_subject, h_changes) x(subject, changes)
         where x.changes is null or x.changes = 0 order by 1 on conflict do nothing;
        perform 1 from heads h where h.subject = any(h_subject) order by h.subject for update;
        get diagnostics rows = row_count;  -- fewer: a rebuild has emptied the table meanwhile
        perform 1 from heads h join unnest(h_subject, h_changes) x(subject, changes)
            on h.subject = x.subject where h.changes <> x.changes;  -- null: written to, not decided on
        if found or rows <> cardinality(h_subject) then
            raise exception 'a subject has moved' using errcode = 'BL002';
        end if;
        update heads h set changes = h.changes + 1
          from unnest(h_subject, h_moved) x(subject, moved)
         where h.subject = x.subject and x.moved;
    end if;
    if cardinality(o_subject) > 0 then  -- before what takes their places; own ones are not sent
        delete from unsent t using unnest(o_subject, o_version, o_own) o(subject, version, own)
         where o.own and t.subject = o.subject and t.version = o.version;
        delete from unknown t using unnest(o_subject, o_source, o_version)
               o(subject, source, version)
         where t.subject = o.subject and t.source = o.source and t.version = o.version;
        delete from published t using unnest(o_subject, o_source, o_version)
               o(subject, source, version)
         where t.subject = o.subject and t.source = o.source and t.version = o.version;
        delete from events t using unnest(o_subject, o_source, o_version)
               o(subject, source, version)
         where t.subject = o.subject and t.source = o.source and t.version = o.version;
    end if;
    if cardinality(e_subject) > 0 then
        insert into events (subject, source, version, hash, headers, value)
        select x.subject, x.source, x.version, x.hash, x.headers, x.value
          from unnest(e_subject, e_source, e_version, e_hash, e_headers, e_value)
               x(subject, source, version, hash, headers, value)
         order by x.subject, x.source, x.version;
        insert into unsent (subject, version)
        select x.subject, x.version
          from unnest(e_subject, e_version, e_own) with ordinality x(subject, version, own, n)
         where x.own order by x.n;
    end if;
    if cardinality(a_sender) > 0 then
        -- decided now: that somebody else used the id meanwhile must be noticed; else: remembered
        insert into answers (sender, command, hash, outcome, answer)
        select x.sender, x.command, x.hash, x.outcome, x.answer
          from unnest(a_sender, a_command, a_hash, a_outcome, a_answer, a_decided)
               x(sender, command, hash, outcome, answer, decided)
         where x.decided order by 1, 2;
        if false = any(a_decided) then
            insert into answers (sender, command, hash, outcome, answer)
            select x.sender, x.command, x.hash, x.outcome, x.answer
              from unnest(a_sender, a_command, a_hash, a_outcome, a_answer, a_decided)
                   x(sender, command, hash, outcome, answer, decided)
             where not x.decided order by 1, 2 on conflict do nothing;
        end if;
    end if;
    if cardinality(r_topic) > 0 then
        insert into unsent_receipts (topic, key, headers, value, subject, version)
        select x.topic, x.key, x.headers, x.value, x.subject, x.version
          from unnest(r_topic, r_key, r_headers, r_value, r_subject, r_version)
               with ordinality x(topic, key, headers, value, subject, version, n) order by x.n;
    end if;
    if cardinality(w_gone) > 0 then
        delete from waiting where seq = any(w_gone);
    end if;
    if cardinality(w_subject) > 0 then
        insert into waiting (subject, kind, sender, command, body)
        select x.subject, x.kind, x.sender, x.command, x.body
          from unnest(w_subject, w_kind, w_sender, w_command, w_body)
               with ordinality x(subject, kind, sender, command, body, n) order by x.n;
    end if;
    if cardinality(u_type) > 0 then
        insert into unknown
        select * from unnest(u_type, u_subject, u_source, u_version) on conflict do nothing;
    end if;
    if cardinality(b_pos) > 0 then
        insert into published (pos, subject, source, version)
        select * from unnest(b_pos, b_subject, b_source, b_version) on conflict do nothing;
    end if;
    if cardinality(k_gone_topic) > 0 then
        with gone as (
            delete from parked k using unnest(k_gone_topic, k_gone_part, k_gone_pos)
                   x(topic, part, pos)
             where k.topic = x.topic and k.part = x.part and k.pos = x.pos returning k.subject
        )  -- what waited behind them begins to wait now: its patience is for facts, not for us
        update waiting set since = clock_timestamp() where subject in (select subject from gone);
    end if;
    if cardinality(k_topic) > 0 then
        insert into parked (topic, part, pos, subject, reason, key, headers, value)
        select * from unnest(k_topic, k_part, k_pos, k_subject, k_reason, k_key, k_headers, k_value)
            on conflict do nothing;
    end if;
    if cardinality(d_subjects) > 0 then
        delete from due where subject = any(d_subjects);
        delete from faults where reaction = 'clock' and subject = any(d_subjects);  -- it was mended
        insert into due (subject, clock, at, cause)
        select * from unnest(d_subject, d_clock, d_at, d_cause);
    end if;
    if cardinality(n_subjects) > 0 then
        delete from watching where subject = any(n_subjects);
        insert into watching (key, subject) select * from unnest(n_key, n_subject);
    end if;
    if cardinality(f_reaction) > 0 then
        insert into faults select * from unnest(f_reaction, f_event, f_subject, f_code)
            on conflict do nothing;
    end if;
end $$;

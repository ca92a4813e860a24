// The work: the states, the business tables and what one transition writes there. It knows nothing of pg-boss.

// What a case passes through, and the text that is written on entering a state.
export const STATES = [
  { name: 'detection' },
  { name: 'first_call' },
  { name: 'follow_up_sms', text: (file) => `We tried to reach you. Please ring 17 000 000 and say ${file}.` },
  { name: 'escalation', text: (file) => `A colleague will ring you about ${file}. You need not do anything.` },
  { name: 'transfer_done', text: (file) => `It is done; ${file} is closed. Thank you.` },
]

export const TABLES = `
  CREATE TABLE cases (
    id bigint PRIMARY KEY, file text NOT NULL UNIQUE, mobile text NOT NULL, monthly_kwh int NOT NULL,
    state text NOT NULL, due_at timestamptz, changed_at timestamptz NOT NULL
  );
  CREATE TABLE history (
    case_id bigint NOT NULL, seq smallint NOT NULL, state text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (case_id, seq)
  );
  CREATE TABLE notifications (
    case_id bigint NOT NULL, seq smallint NOT NULL, recipient text NOT NULL, body text NOT NULL, status text NOT NULL,
    at timestamptz NOT NULL, PRIMARY KEY (case_id, seq)
  )`

// Transition 1: the cases of these numbers are there, in the first state.
export async function open(db, numbers) {
  const files = numbers.map((n) => `F-${String(n).padStart(8, '0')}`)
  const mobiles = numbers.map((n) => `+97333${String(n % 1_000_000).padStart(6, '0')}`)
  const kwh = numbers.map((n) => n % 5_000)
  await db.executeSql(
    `WITH opened AS (
       INSERT INTO cases SELECT t.id, t.file, t.mobile, t.kwh, $5, now(), now()
       FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[]) AS t (id, file, mobile, kwh) RETURNING id
     ) INSERT INTO history SELECT id, 1, $5, now() FROM opened`,
    [numbers, files, mobiles, kwh, STATES[0].name],
  )
}

// Transition `index` + 1: cases that are in the state before enter this one. Says how many did.
export async function enter(db, index, ids) {
  const { name, text } = STATES[index]
  const last = index === STATES.length - 1
  const { rows } = await db.executeSql(
    `WITH moved AS (
       UPDATE cases SET state = $2, due_at = CASE WHEN $5 THEN NULL ELSE now() END, changed_at = now()
       WHERE id = ANY ($1::bigint[]) AND state = $4 RETURNING id, file, mobile
     ), told AS (INSERT INTO history SELECT id, $3, $2, now() FROM moved)
     SELECT id, file, mobile FROM moved`,
    [ids, name, index + 1, STATES[index - 1].name, last],
  )
  if (text) {
    await db.executeSql(
      `INSERT INTO notifications SELECT t.id, $4, t.mobile, t.body, 'pending', now()
       FROM unnest($1::bigint[], $2::text[], $3::text[]) AS t (id, mobile, body)`,
      [rows.map((row) => row.id), rows.map((row) => row.mobile), rows.map((row) => text(row.file)), index + 1],
    )
  }
  return rows.length
}

// What is wrong with the outcome, in words; null if nothing is.
export async function wrong(db, cases) {
  const ask = async (sql) => Number((await db.executeSql(sql)).rows[0].count)
  const found = {
    cases: await ask(`SELECT count(*) FROM cases WHERE state = '${STATES.at(-1).name}' AND due_at IS NULL`),
    history: await ask('SELECT count(*) FROM history'),
    notifications: await ask('SELECT count(*) FROM notifications'),
  }
  const wanted = { cases, history: 5 * cases, notifications: 3 * cases }
  const differs = Object.keys(wanted).filter((key) => found[key] !== wanted[key])
  return differs.length ? differs.map((key) => `${key}: ${found[key]} in place of ${wanted[key]}`).join(', ') : null
}

// How large the database is.
export async function bytes(db) {
  return Number((await db.executeSql('SELECT pg_database_size(current_database()) AS size')).rows[0].size)
}

// Settings of the server under which a commit may be lost; null if there are none.
export async function loose(db) {
  const { rows } = await db.executeSql(
    `SELECT name, setting FROM pg_settings
     WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off'`,
  )
  return rows.length ? rows.map((row) => `${row.name} = ${row.setting}`).join(', ') : null
}

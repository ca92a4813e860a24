// The work of `wasl bench outreach-5` by pg-boss, in bulk: a queue for each state that is entered by a timer, and one transaction
// for a batch, in which its jobs are fetched and completed, the cases move and the jobs of the next state are inserted.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { serverOf, watch } from './machine.mjs'
import { STATES, TABLES, bytes, enter, loose, open, wrong } from './work.mjs'

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    cases: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '1000' },
    workers: { type: 'string', default: '3' },
  },
})
const [cases, rounds, batch, workers] = ['cases', 'rounds', 'batch', 'workers'].map((name) => Number(values[name]))
const transitions = STATES.length * cases

function fail(words) {
  throw new Error(words)
}

// Runs one statement outside of any transaction.
async function sql(address, text) {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

// The queue whose jobs take cases into this state.
const queueOf = (index) => `enter-${STATES[index].name}`
// A timer that is due at once.
const jobs = (ids) => ids.map((id) => ({ data: { id }, startAfter: new Date() }))

// What `act` does is committed with what pg-boss does in it, or nothing of it is.
async function together(boss, act) {
  const tx = await boss.getDb().beginTransaction()
  try {
    const done = await act(tx.db)
    await tx.commit()
    return done
  } catch (error) {
    await tx.rollback()
    throw error
  }
}

async function openBatch(boss, first) {
  const numbers = Array.from({ length: Math.min(batch, cases - first) }, (_, n) => first + n)
  await together(boss, async (db) => {
    await open(db, numbers)
    await boss.insert(queueOf(1), jobs(numbers), { db })
  })
}

// Moves one batch of what is due; says how many cases moved.
function moveBatch(boss, index) {
  const queue = queueOf(index)
  return together(boss, async (db) => {
    const due = await boss.fetch(queue, { batchSize: batch, db })
    if (due.length === 0) return 0
    const ids = due.map((job) => job.data.id)
    const moved = await enter(db, index, ids)
    if (moved !== due.length) throw new Error(`${moved} of ${due.length} cases moved`)
    if (index + 1 < STATES.length) await boss.insert(queueOf(index + 1), jobs(ids), { db })
    await boss.complete(queue, due, null, { db })
    return moved
  })
}

// Several loops at the same time, each on a connection of its own.
async function play(boss) {
  const loops = (loop) => Promise.all(Array.from({ length: workers }, loop))
  let first = 0
  await loops(async () => {
    while (first < cases) {
      const mine = first
      first += batch
      await openBatch(boss, mine)
    }
  })
  let left = cases * (STATES.length - 1)
  await loops(async () => {
    while (left > 0) {
      let moved = 0
      for (let index = 1; index < STATES.length; index += 1) {
        moved += await moveBatch(boss, index)
      }
      left -= moved
      if (moved === 0) await new Promise((done) => setTimeout(done, 5))
    }
  })
}

async function round(address) {
  const boss = new PgBoss({ connectionString: address, max: workers + 2, schedule: false })
  boss.on('error', (error) => console.error(`pg-boss: ${error.message}`))
  await boss.start()
  try {
    const db = boss.getDb()
    const careless = await loose(db)
    if (careless) fail(`what is committed may be lost with ${careless}`)
    await db.executeSql(TABLES)
    for (let index = 1; index < STATES.length; index += 1) {
      await boss.createQueue(queueOf(index), { partition: true })
    }
    const { rows } = await db.executeSql('SELECT pg_backend_pid() AS backend, current_database() AS name')
    const empty = await bytes(db)
    const stop = watch(serverOf(rows[0].backend, rows[0].name))
    await play(boss)
    const took = stop()
    const words = await wrong(db, cases)
    if (words) fail(`the outcome is wrong, no figure: ${words}`)
    const left = await db.executeSql("SELECT count(*) FROM pgboss.job WHERE name LIKE 'enter-%' AND state <> 'completed'")
    if (left.rows[0].count !== '0') fail(`the outcome is wrong, no figure: ${left.rows[0].count} jobs are not completed`)
    return { ...took, bytes: (await bytes(db)) - empty }
  } finally {
    await boss.stop({ graceful: true })
  }
}

// Each round has a database of its own; what a run left that was broken off, the next one drops.
async function onGround(act) {
  const name = 'wasl_peers_scratch'
  const address = new URL(values.database)
  await sql(values.database, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  await sql(values.database, `CREATE DATABASE ${name}`)
  try {
    address.pathname = `/${name}`
    return await act(address.href)
  } finally {
    await sql(values.database, `DROP DATABASE ${name} WITH (FORCE)`)
  }
}

const median = (figures) => figures.sort((a, b) => a - b)[Math.floor(figures.length / 2)]

// The line for programs.
async function all() {
  if (!values.database) fail('say --database postgres://…')
  const seen = []
  for (let number = 1; number <= rounds; number += 1) {
    console.error(`round ${number} of ${rounds}: pg-boss`)
    seen.push(await onGround(round))
  }
  const { version } = JSON.parse(readFileSync(new URL('./node_modules/pg-boss/package.json', import.meta.url), 'utf8'))
  const cpu = seen.some((took) => took.cpu === null) ? null : median(seen.map((took) => (took.cpu * 1e6) / transitions))
  return {
    peer: 'pg-boss',
    version,
    store: 'postgres',
    cases,
    transitions,
    per_s: Math.round(median(seen.map((took) => transitions / took.wall))),
    cpu_us: cpu === null ? null : Math.round(cpu * 10) / 10,
    bytes_per_case: Math.round(median(seen.map((took) => took.bytes / cases))),
    rounds,
  }
}

try {
  console.log(JSON.stringify(await all()))
} catch (error) {
  console.error(`pg-boss: ${error.message}`)
  process.exitCode = 1
}

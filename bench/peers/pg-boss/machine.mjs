// Wall time and CPU time of this process and of the PostgreSQL server beside it, as `engine/runtime/src/bench/machine.rs` counts them.
import { readFileSync, readdirSync } from 'node:fs'

// The unit of CPU times in /proc, fixed at 100 a second for programs on Linux (`man 5 proc`, `USER_HZ`).
const TICKS_PER_SECOND = 100

function text(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

// What the system counts of a process; the name in brackets may contain spaces.
function read(id) {
  const words = text(`/proc/${id}/stat`).split(')').pop().trim().split(/\s+/)
  if (words.length < 15) return null
  const number = (n) => Number(words[n])
  return { parent: number(1), ticks: number(11) + number(12), ofEnded: number(13) + number(14) }
}

// The first process of the server that `backend` belongs to; null if it is not on this machine.
export function serverOf(backend, database) {
  const title = text(`/proc/${backend}/cmdline`)
  return title.startsWith('postgres:') && title.includes(database) ? read(backend).parent : null
}

function ticks(server) {
  let sum = read(process.pid)?.ticks ?? 0
  if (server === null) return sum
  const first = read(server)
  sum += first.ticks + first.ofEnded
  for (const name of readdirSync('/proc')) {
    const other = /^\d+$/.test(name) ? read(name) : null
    if (other?.parent === server) sum += other.ticks
  }
  return sum
}

// Begins to count; what it gives ends it, in seconds. CPU time is null where the server works on another machine.
export function watch(server) {
  const [began, ticksBefore] = [performance.now(), ticks(server)]
  return () => ({
    wall: (performance.now() - began) / 1000,
    cpu: server === null ? null : (ticks(server) - ticksBefore) / TICKS_PER_SECOND,
  })
}

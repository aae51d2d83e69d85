// Driver: DBOS runs inside this process, so client and worker are one; PostgreSQL is the only other process tree.
import pg from 'pg';
import { spawn } from 'node:child_process';
import { N, emit, measured, now, pct, pool, rssMiB, sleep, transfers } from '../lib/harness.mjs';

const url = process.env.DBOS_URL ?? 'postgres://app:app@127.0.0.1:5432/bench';
const pgPid = Number(process.env.PG_PID ?? 0);
const adminDb = new pg.Client({ connectionString: url.replace(/\/[^/]*$/, '/postgres') });
await adminDb.connect();
if (!process.env.REUSE) {
  await adminDb.query('drop database if exists bench with (force)');
  await adminDb.query('create database bench');
}
await adminDb.end();
const db = new pg.Client({ connectionString: url });
await db.connect();
await db.query(
  'create table if not exists counter(k text primary key, v int not null); create table if not exists account(id int primary key, b int not null)',
);
const one = async (q, a) => Object.values((await db.query(q, a)).rows[0])[0];
const only = (process.env.ONLY ?? 'w2,w1,w3,w4,w5').split(',');
const runs = N('RUNS', 3),
  C = N('CONC', 64);

if (only.includes('w6')) {
  for (const kind of ['fresh database (migrates)', 'existing database', 'existing database', 'existing database']) {
    const t0 = now();
    const c = spawn(process.execPath, [new URL('./cold.mjs', import.meta.url).pathname], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise((r) => {
      let s = '';
      c.stdout.on('data', (d) => {
        s += d;
        if (s.includes('first')) r(s);
      });
    });
    emit({ w: `W6 cold start ${kind}`, firstMs: Math.round(now() - t0), rss: rssMiB(c.pid), line: line.trim() });
    c.kill('SIGKILL');
    await new Promise((r) => c.once('exit', r));
  }
}
if (only.includes('w7')) {
  const n = N('W1N', 20000),
    p = `r${now() | 0}-`;
  const run = (recover) => {
    const c = spawn(
      process.execPath,
      [new URL('./sender.mjs', import.meta.url).pathname, recover ? '0' : String(n), p],
      { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
    );
    return c;
  };
  let acked = 0;
  const c = run(false);
  c.on('message', (m) => {
    if (m === 'ack') acked++;
  });
  await new Promise((r) => c.once('message', r));
  await sleep(N('KILL_MS', 2500));
  c.kill('SIGKILL');
  await new Promise((r) => c.once('exit', r));
  await sleep(100);
  const accepted = Number(await one(`select count(*) from dbos.workflow_status where name in ('add','addQ')`));
  const before = Number(await one(`select coalesce(sum(v),0) from counter where k like $1`, [p + '%']));
  const pending = Number(await one(`select count(*) from dbos.workflow_status where status in ('PENDING','ENQUEUED')`));
  const t0 = now();
  const d = run(true);
  for (;;) {
    await sleep(100);
    if (Number(await one(`select count(*) from dbos.workflow_status where status in ('PENDING','ENQUEUED')`)) === 0)
      break;
    if (now() - t0 > 90000) break;
  }
  const sum = Number(await one(`select coalesce(sum(v),0) from counter where k like $1`, [p + '%']));
  emit({
    w: 'W7',
    acked,
    accepted,
    sumAtKill: before,
    pendingAtKill: pending,
    sum,
    lost: Math.max(0, acked - sum),
    extraOverAcked: sum - acked,
    extraOverAccepted: sum - accepted,
    recoverMs: Math.round(now() - t0),
  });
  d.kill('SIGKILL');
}
if (!only.some((x) => ['w1', 'w1q', 'w2', 'w3', 'w4', 'w5', 'w6b', 'dx'].includes(x))) process.exit(0);

const app = await import('./app.mjs');
await app.launch();
// Called without a receiver: DBOS rejects `app.add()` because the module namespace is then `this`.
const { DBOS, add, addQ, tiny, tinyChild, transfer, fanoutChild, fanoutStep } = app;
const pids = { app: process.pid, ...(pgPid ? { postgres: pgPid } : {}) };
if (only.includes('w2')) {
  await pool(1000, C, (i) => add(`c${i % 100}`, 1));
  for (let r = 0; r < runs; r++) {
    const lat = [];
    const m = await measured(pids, () =>
      pool(N('SEQ', 1000), 1, async (i) => {
        const t = now();
        await add(`c${i % 100}`, 1);
        lat.push(now() - t);
      }),
    );
    emit({ w: 'W2 seq', p50: pct(lat, 50), p99: pct(lat, 99), cpu: m.cpuPct });
  }
  for (let r = 0; r < runs; r++) {
    const n = N('W2N', 10000),
      lat = [];
    const m = await measured(pids, () =>
      pool(n, C, async (i) => {
        const t = now();
        await add(`c${i % 100}`, 1);
        lat.push(now() - t);
      }),
    );
    emit({ w: 'W2 c64', perSec: n / m.wall, p50: pct(lat, 50), p99: pct(lat, 99), cpu: m.cpuPct });
  }
}
const w1 = async (label, start) => {
  for (let r = 0; r < runs; r++) {
    const n = N('W1N', 20000),
      p = `${label[0]}${r}-${now() | 0}-`;
    const m = await measured(pids, async (s) => {
      await pool(n, C, (i) => start(`${p}${i % 100}`));
      const ack = (now() - s) / 1000;
      while (Number(await one(`select coalesce(sum(v),0) from counter where k like $1`, [p + '%'])) < n)
        await sleep(50);
      return { ack };
    });
    emit({ w: `W1 ${label}`, perSec: n / m.wall, ackPerSec: n / m.ack, cpu: m.cpuPct });
  }
};
if (only.includes('w1')) await w1('startWorkflow', (k) => DBOS.startWorkflow(add)(k, 1));
if (only.includes('w1q'))
  await w1(`queue${process.env.QPART ? ' partitioned' : ''}`, (k) =>
    DBOS.startWorkflow(addQ, {
      queueName: 'q',
      ...(process.env.QPART ? { enqueueOptions: { queuePartitionKey: k } } : {}),
    })(k, 1),
  );
if (only.includes('w3')) {
  const n = N('W3N', 2000);
  for (const [name, fn] of [
    ['steps', tiny],
    ['child workflows', tinyChild],
  ]) {
    for (let r = 0; r < runs; r++) {
      const m = await measured(pids, () => pool(n, C, (i) => fn(`a${i % 100}`, `b${(i * 7) % 100}`)));
      emit({ w: `W3 c64 ${name}`, perSec: n / m.wall, cpu: m.cpuPct });
    }
    const lat = [];
    await pool(300, 1, async (i) => {
      const t = now();
      await fn(`a${i % 100}`, `b${(i * 7) % 100}`);
      lat.push(now() - t);
    });
    emit({ w: `W3 seq ${name}`, p50: pct(lat, 50), p99: pct(lat, 99) });
  }
}
if (only.includes('w4')) {
  const n = N('W4N', 2000);
  for (let r = 0; r < runs; r++) {
    await db.query('truncate account; insert into account select g, 1000 from generate_series(0,99) g');
    const list = transfers(n, 100, 42 + r);
    let ok = 0;
    const m = await measured(pids, () =>
      pool(n, C, async (i) => {
        const t = list[i];
        if (await transfer(t.from, t.to, t.amount)) ok++;
      }),
    );
    emit({
      w: 'W4 one SQL transaction',
      perSec: n / m.wall,
      moved: ok,
      total: Number(await one('select sum(b) from account')),
      cpu: m.cpuPct,
    });
  }
}
if (only.includes('w5')) {
  for (let r = 0; r < runs; r++)
    emit({ w: 'W5 child workflows', ...(await measured(pids, async () => ({ sum: await fanoutChild(1000) }))) });
  for (let r = 0; r < runs; r++)
    emit({ w: 'W5 steps', ...(await measured(pids, async () => ({ sum: await fanoutStep(1000) }))) });
}
if (only.includes('w6b')) {
  const n = N('TOUCH', 20000);
  const m = await measured(pids, () => pool(n, C, (i) => add(`t${i}`, 1)));
  emit({
    w: 'W6 touch',
    n,
    perSec: n / m.wall,
    appRss: rssMiB(process.pid),
    dbSize: await one('select pg_size_pretty(pg_database_size(current_database()))'),
  });
}
await DBOS.shutdown();
process.exit(0);

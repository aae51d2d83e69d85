// Driver and client for Rivet: the actor host (node) spawns rivet-engine; this process is the client.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createClient } from 'rivetkit/client';
import { N, childrenOf, emit, measured, now, pct, pool, rssMiB, sleep, transfers } from '../lib/harness.mjs';

const base = process.env.BASE_DIR ?? fs.mkdtempSync(path.join(os.tmpdir(), 'rivet-data-'));
const log = fs.openSync(base + '.log', 'a');
let host;
const start = () => {
  host = spawn(process.execPath, [new URL('./server.mjs', import.meta.url).pathname], {
    stdio: ['ignore', log, log],
    env: { ...process.env, RIVETKIT_STORAGE_PATH: base, HOME: base, XDG_DATA_HOME: base },
  });
};
const t0 = now();
start();
const c = createClient({
  endpoint: 'http://127.0.0.1:16420',
  encoding: process.env.ENC ?? 'bare',
  disableMetadataLookup: true,
});
// Handles are cached, so that each call does not resolve the key again.
const handles = new Map();
const cnt = (k) => {
  let h = handles.get(k);
  if (!h) handles.set(k, (h = c.counter.getOrCreate([k])));
  return h;
};
let lastErr;
for (;;) {
  try {
    await cnt('cold').addNow(1);
    break;
  } catch (e) {
    if (process.env.DEBUG && String(e) !== lastErr) console.error((lastErr = String(e)));
    if (now() - t0 > 60000) throw e;
    await sleep(20);
  }
}
emit({ w: 'W6 cold start', firstCallMs: Math.round(now() - t0) });
await sleep(1500);
let engine = childrenOf(host.pid)[0] ?? 0;
const pids = { host: host.pid, client: process.pid };
emit({ w: 'W6 idle rss', host: rssMiB(host.pid), engine: rssMiB(engine) });
const only = (process.env.ONLY ?? 'w2,w1,w3,w4,w5').split(',');
const runs = N('RUNS', 3),
  C = N('CONC', 64);
for (const op of ['add', 'addNow']) {
  if (!only.includes('w2')) break;
  await pool(1000, C, (i) => cnt(`c${i % 100}`)[op](1));
  for (let r = 0; r < runs; r++) {
    const lat = [];
    const m = await measured(pids, () =>
      pool(N('SEQ', 500), 1, async (i) => {
        const t = now();
        await cnt(`c${i % 100}`)[op](1);
        lat.push(now() - t);
      }),
    );
    emit({ w: `W2 seq ${op}`, p50: pct(lat, 50), p99: pct(lat, 99), cpu: m.cpuPct });
  }
  for (let r = 0; r < runs; r++) {
    const n = N('W2N', 4000),
      lat = [];
    const m = await measured(pids, () =>
      pool(n, C, async (i) => {
        const t = now();
        await cnt(`c${i % 100}`)[op](1);
        lat.push(now() - t);
      }),
    );
    emit({ w: `W2 c64 ${op}`, perSec: n / m.wall, p50: pct(lat, 50), p99: pct(lat, 99), cpu: m.cpuPct });
  }
}
if (only.includes('w1')) {
  for (let r = 0; r < runs; r++) {
    const n = N('W1N', 20000),
      p = `s${r}-${now() | 0}-`;
    let errors = 0,
      firstError;
    const m = await measured(pids, async (s) => {
      await pool(n, C, async (i) => {
        for (;;) {
          try {
            await c.counterQ.getOrCreate([`${p}${i % 100}`]).send('add', 1);
            return;
          } catch (e) {
            errors++;
            firstError ??= String(e).slice(0, 200);
            await sleep(20);
            if (errors > 2000) throw e;
          }
        }
      });
      const ack = (now() - s) / 1000;
      for (let k = 0; k < 100; k++)
        while ((await c.counterQ.getOrCreate([`${p}${k}`]).get()) < n / 100) await sleep(10);
      return { ack };
    });
    emit({ w: 'W1 queue', perSec: n / m.wall, ackPerSec: n / m.ack, errors, firstError, cpu: m.cpuPct });
  }
}
if (only.includes('w3')) {
  const n = N('W3N', 2000),
    o = (i) => c.orch.getOrCreate([`o${i % 64}`]);
  for (let r = 0; r < runs; r++) {
    const m = await measured(pids, () => pool(n, C, (i) => o(i).tiny({ a: `a${i % 100}`, b: `b${(i * 7) % 100}` })));
    emit({ w: 'W3 c64 (not durable)', perSec: n / m.wall, cpu: m.cpuPct });
  }
  const lat = [];
  await pool(200, 1, async (i) => {
    const t = now();
    await o(i).tiny({ a: `a${i % 100}`, b: `b${(i * 7) % 100}` });
    lat.push(now() - t);
  });
  emit({ w: 'W3 seq (not durable)', p50: pct(lat, 50), p99: pct(lat, 99) });
}
if (only.includes('w4')) {
  const n = N('W4N', 2000);
  for (let r = 0; r < runs; r++) {
    await pool(100, C, (k) => c.account.getOrCreate([`${k}`]).open(1000));
    const list = transfers(n, 100, 42 + r);
    let ok = 0,
      total = 0;
    const m = await measured(pids, () =>
      pool(n, C, async (i) => {
        if (await c.orch.getOrCreate([`o${i % 64}`]).saga(list[i])) ok++;
      }),
    );
    await pool(100, C, async (k) => {
      const b = await c.account.getOrCreate([`${k}`]).balance();
      total += b;
    });
    emit({ w: 'W4 saga (not durable)', perSec: n / m.wall, moved: ok, total, cpu: m.cpuPct });
  }
}
if (only.includes('w5'))
  for (let r = 0; r < runs; r++) {
    try {
      emit({ w: 'W5', ...(await measured(pids, async () => ({ sum: await c.orch.getOrCreate(['f']).fanout(1000) }))) });
    } catch (e) {
      emit({ w: 'W5', error: String(e).slice(0, 300) });
    }
  }
if (only.includes('w6b')) {
  const n = N('TOUCH', 5000);
  let errors = 0,
    firstError;
  const m = await measured(pids, () =>
    pool(n, C, async (i) => {
      try {
        await cnt(`t${i}`).addNow(1);
      } catch (e) {
        errors++;
        firstError ??= String(e).slice(0, 200);
      }
    }),
  );
  emit({
    w: 'W6 touch',
    n,
    errors,
    firstError,
    perSec: n / m.wall,
    hostRss: rssMiB(host.pid),
    engineRss: rssMiB(engine),
  });
}
if (only.includes('w7')) {
  for (const op of ['add', 'addNow']) {
    const n = N('W7N', 6000),
      p = `r${op}${now() | 0}-`;
    let acked = 0,
      failed = 0,
      killedAt = 0,
      rec = 0;
    setTimeout(
      () => {
        killedAt = now();
        const e = engine;
        host.kill('SIGKILL');
        try {
          process.kill(e, 'SIGKILL');
        } catch {}
        setTimeout(() => {
          start();
          void sleep(2000).then(() => (engine = childrenOf(host.pid)[0] ?? 0));
        }, 300);
      },
      N('KILL_MS', 3000),
    );
    await pool(n, C, async (i) => {
      if (rec && op) return;
      try {
        await cnt(`${p}${i % 100}`)[op](1);
        acked++;
        if (killedAt && !rec) rec = now() - killedAt;
      } catch {
        failed++;
        await sleep(50);
      }
    });
    let sum = 0;
    await pool(100, 16, async (k) => {
      for (let t = 0; t < 100; t++) {
        try {
          const v = await cnt(`${p}${k}`).get();
          sum += v;
          return;
        } catch {
          await sleep(200);
        }
      }
    });
    emit({
      w: `W7 ${op}`,
      acked,
      failed,
      sum,
      lost: Math.max(0, acked - sum),
      extra: sum - acked,
      firstAckAfterKillMs: Math.round(rec),
    });
  }
}
host.kill('SIGTERM');
await sleep(1500);
try {
  process.kill(engine, 'SIGTERM');
} catch {}
if (!process.env.KEEP) fs.rmSync(base, { recursive: true, force: true });
process.exit(0);

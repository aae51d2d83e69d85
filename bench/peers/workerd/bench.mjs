// Driver and client for Durable Objects on workerd (plain HTTP through node:http keep-alive sockets).
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { N, emit, measured, now, pct, pool, rssMiB, sleep, transfers } from '../lib/harness.mjs';

const require = createRequire(import.meta.url);
const bin = path.join(path.dirname(require.resolve('@cloudflare/workerd-linux-64/package.json')), 'bin/workerd');
const port = 18787;
const base = process.env.BASE_DIR ?? fs.mkdtempSync(path.join(os.tmpdir(), 'workerd-data-'));
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const post = (p, body) =>
  new Promise((res, rej) => {
    const data = JSON.stringify(body ?? null);
    const req = http.request(
      {
        host: '127.0.0.1',
        port,
        path: p,
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(data) },
      },
      (r) => {
        let s = '';
        r.setEncoding('utf8')
          .on('data', (d) => (s += d))
          .on('end', () => (r.statusCode < 300 ? res(JSON.parse(s)) : rej(new Error(`${r.statusCode} ${s}`))));
        r.on('error', rej);
      },
    );
    req.on('error', rej);
    req.end(data);
  });
let server;
function start() {
  const log = fs.openSync(path.join(base, '..', path.basename(base) + '.log'), 'a');
  const wrap = (process.env.WRAP ?? '').split(' ').filter(Boolean);
  server = spawn(
    wrap[0] ?? bin,
    [
      ...wrap.slice(1),
      ...(wrap.length ? [bin] : []),
      'serve',
      '--experimental',
      `--directory-path=do-disk=${base}`,
      `--socket-addr=http=127.0.0.1:${port}`,
      'config.capnp',
    ],
    {
      cwd: path.dirname(new URL(import.meta.url).pathname),
      stdio: ['ignore', log, log],
    },
  );
}
async function firstCall() {
  for (;;) {
    try {
      await post('/counter/cold/add', 1);
      return;
    } catch {
      await sleep(5);
    }
  }
}
const t0 = now();
start();
await firstCall();
emit({ w: 'W6 cold start', firstCallMs: Math.round(now() - t0) });
const pids = { server: server.pid, client: process.pid };
await sleep(1000);
emit({ w: 'W6 idle rss', server: rssMiB(server.pid) });
const only = (process.env.ONLY ?? 'w2,w1,w3,w4,w5').split(',');
const runs = N('RUNS', 3),
  C = N('CONC', 64);

if (only.includes('w2')) {
  await pool(3000, C, (i) => post(`/counter/c${i % 100}/add`, 1));
  for (let r = 0; r < runs; r++) {
    const lat = [];
    const m = await measured(pids, () =>
      pool(N('SEQ', 1000), 1, async (i) => {
        const t = now();
        await post(`/counter/c${i % 100}/add`, 1);
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
        await post(`/counter/c${i % 100}/add`, 1);
        lat.push(now() - t);
      }),
    );
    emit({ w: 'W2 c64', perSec: n / m.wall, p50: pct(lat, 50), p99: pct(lat, 99), cpu: m.cpuPct });
  }
}
if (only.includes('w1')) {
  for (let r = 0; r < runs; r++) {
    const n = N('W1N', 20000),
      p = `s${r}-${now() | 0}-`;
    const m = await measured(pids, () => pool(n, C, (i) => post(`/counter/${p}${i % 100}/add`, 1)));
    let sum = 0;
    await pool(100, C, async (k) => {
      const v = await post(`/counter/${p}${k}/get`);
      sum += v;
    });
    emit({ w: 'W1 (calls; no durable one-way)', perSec: n / m.wall, sum, cpu: m.cpuPct });
  }
}
if (only.includes('w3')) {
  const n = N('W3N', 2000);
  for (let r = 0; r < runs; r++) {
    const m = await measured(pids, () =>
      pool(n, C, (i) => post('/tiny', { a: `a${i % 100}`, b: `b${(i * 7) % 100}` })),
    );
    emit({ w: 'W3 c64 (not durable)', perSec: n / m.wall, cpu: m.cpuPct });
  }
  const lat = [];
  await pool(500, 1, async (i) => {
    const t = now();
    await post('/tiny', { a: `a${i % 100}`, b: `b${(i * 7) % 100}` });
    lat.push(now() - t);
  });
  emit({ w: 'W3 seq (not durable)', p50: pct(lat, 50), p99: pct(lat, 99) });
}
if (only.includes('w4')) {
  const n = N('W4N', 2000);
  for (let r = 0; r < runs; r++) {
    const list = transfers(n, 100, 42 + r);
    await pool(100, C, (k) => post(`/account/${k}/open`, 1000));
    let ok = 0;
    let m = await measured(pids, () =>
      pool(n, C, async (i) => {
        if (await post('/saga', list[i])) ok++;
      }),
    );
    let total = 0;
    await pool(100, C, async (k) => {
      const b = await post(`/account/${k}/balance`);
      total += b;
    });
    emit({ w: 'W4 saga (not durable, no isolation)', perSec: n / m.wall, moved: ok, total, cpu: m.cpuPct });
    await post('/bank/x/open', [100, 1000]);
    ok = 0;
    m = await measured(pids, () =>
      pool(n, C, async (i) => {
        if (await post('/bank/x/transfer', list[i])) ok++;
      }),
    );
    emit({ w: 'W4 one Bank object', perSec: n / m.wall, moved: ok, total: await post('/bank/x/total'), cpu: m.cpuPct });
  }
}
if (only.includes('w5')) {
  for (let r = 0; r < runs; r++)
    emit({ w: 'W5', ...(await measured(pids, async () => ({ sum: await post('/fanout', { n: 1000 }) }))) });
}
if (only.includes('w6b')) {
  const n = N('TOUCH', 100000);
  let errors = 0,
    firstError;
  let peak = 0;
  const tick = setInterval(() => {
    peak = Math.max(peak, rssMiB(server.pid));
  }, 200);
  const m = await measured(pids, () =>
    pool(n, C, async (i) => {
      try {
        await post(`/counter/t${i}/add`, 1);
      } catch (e) {
        errors++;
        firstError ??= String(e).slice(0, 300);
        if (errors > 200) throw e;
      }
    }).catch(() => {}),
  );
  const rss = rssMiB(server.pid);
  await sleep(15000);
  clearInterval(tick);
  emit({ w: 'W6 touch', n, perSec: n / m.wall, errors, firstError, rss, peak, rssAfter15sIdle: rssMiB(server.pid) });
}
if (only.includes('w7')) {
  const n = N('W1N', 20000),
    p = `r${now() | 0}-`;
  let acked = 0,
    failed = 0,
    killedAt = 0,
    rec = 0;
  setTimeout(
    () => {
      killedAt = now();
      server.kill('SIGKILL');
      setTimeout(start, 200);
    },
    N('KILL_MS', 1500),
  );
  await pool(n, C, async (i) => {
    try {
      await post(`/counter/${p}${i % 100}/add`, 1);
      acked++;
      if (killedAt && !rec) rec = now() - killedAt;
    } catch {
      failed++;
      await sleep(20);
    }
  });
  let sum = 0;
  await pool(100, C, async (k) => {
    const v = await post(`/counter/${p}${k}/get`);
    sum += v;
  });
  emit({
    w: 'W7',
    acked,
    failed,
    sum,
    lost: Math.max(0, acked - sum),
    extra: sum - acked,
    firstAckAfterKillMs: Math.round(rec),
  });
}
server.kill('SIGTERM');
if (!process.env.KEEP) {
  await sleep(300);
  fs.rmSync(base, { recursive: true, force: true });
}
process.exit(0);

// Driver and client: starts restate-server (npm binary) and the service endpoint, then runs the workloads.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import * as clients from '@restatedev/restate-sdk-clients';
import { N, emit, measured, now, pct, pool, rssMiB, sleep, transfers, waitHttp } from '../lib/harness.mjs';

const require = createRequire(import.meta.url);
const bin = require.resolve('@restatedev/restate-server-linux-x64/bin/restate-server');
const port = { ingress: 18080, admin: 19070, node: 15122, svc: 19080 };
const ingress = `http://127.0.0.1:${port.ingress}`;
const admin = `http://127.0.0.1:${port.admin}`;
const base = process.env.BASE_DIR ?? fs.mkdtempSync(path.join(os.tmpdir(), 'restate-data-'));
let server, svc;

function startServer() {
  // WRAP="strace -f -c ..." runs the server under another program.
  const wrap = (process.env.WRAP ?? '').split(' ').filter(Boolean);
  server = spawn(
    wrap[0] ?? bin,
    [
      ...wrap.slice(1),
      ...(wrap.length ? [bin] : []),
      '--no-logo',
      '--base-dir',
      base,
      '--bind-ip',
      '127.0.0.1',
      '--bind-port',
      String(port.node),
      '--listen-mode',
      'tcp',
    ],
    {
      stdio: [
        'ignore',
        fs.openSync(path.join(base, 'server.log'), 'a'),
        fs.openSync(path.join(base, 'server.log'), 'a'),
      ],
      env: {
        ...process.env,
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${port.ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${port.admin}`,
        RESTATE_DISABLE_TELEMETRY: 'true',
        RESTATE_NODE_NAME: 'bench',
        ...(process.env.PARTITIONS ? { RESTATE_DEFAULT_NUM_PARTITIONS: process.env.PARTITIONS } : {}),
      },
    },
  );
  return server;
}
function startSvc() {
  svc = spawn(process.execPath, [new URL('./service.mjs', import.meta.url).pathname], {
    stdio: ['ignore', 'ignore', fs.openSync(path.join(base, 'svc.log'), 'a')],
    env: { ...process.env, PORT: String(port.svc), NODE_ENV: 'production', RESTATE_LOGGING: 'ERROR' },
  });
}
async function register() {
  for (;;) {
    const r = await fetch(`${admin}/deployments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uri: `http://127.0.0.1:${port.svc}`, force: true }),
    }).catch((e) => ({ ok: false, text: () => String(e) }));
    const body = await r.text();
    if (r.ok) return body;
    if (process.env.DEBUG) console.error(body);
    await sleep(20);
  }
}
/** Does a work by our code on this server, and prints its lines, if OURS names its program. */
async function ours(work) {
  if (process.env.OURS === undefined) return;
  const child = spawn(process.execPath, [process.env.OURS], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ONLY: work, OURS_RESTATE: `${ingress} ${admin}`, RESTATE_LOGGING: 'ERROR' },
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`our code ended with ${code} in ${work}`);
}
const rs = clients.connect({ url: ingress });
const counter = { name: 'counter' },
  account = { name: 'account' },
  orch = { name: 'orch' };
// CLIENT=raw: the ingress HTTP API through node:http keep-alive sockets instead of the official client (fetch).
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const post = (p, body) =>
  new Promise((res, rej) => {
    const data = JSON.stringify(body);
    const req = http.request(
      {
        host: '127.0.0.1',
        port: port.ingress,
        path: p,
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(data) },
      },
      (r) => {
        let s = '';
        r.setEncoding('utf8')
          .on('data', (d) => (s += d))
          .on('end', () =>
            r.statusCode < 300 ? res(s === '' ? undefined : JSON.parse(s)) : rej(new Error(`${r.statusCode} ${s}`)),
          );
      },
    );
    req.on('error', rej);
    req.end(data);
  });
const raw = process.env.CLIENT === 'raw';
const call = (k) =>
  raw
    ? { add: (n) => post(`/counter/${k}/add`, n), get: () => rs.objectClient(counter, k).get() }
    : rs.objectClient(counter, k);
const send = (k) => (raw ? { add: (n) => post(`/counter/${k}/add/send`, n) } : rs.objectSendClient(counter, k));

const t0 = now();
startServer();
startSvc();
await waitHttp(`${admin}/health`, { ok: (s) => s === 200 });
const tAdmin = now() - t0;
await register();
const tReg = now() - t0;
for (;;) {
  try {
    await call('cold').add(1);
    break;
  } catch {
    if (process.env.DEBUG) console.error(String(e));
    await sleep(10);
  }
}
const tFirst = now() - t0;
emit({
  w: 'W6 cold start',
  adminReadyMs: Math.round(tAdmin),
  registeredMs: Math.round(tReg),
  firstCallMs: Math.round(tFirst),
});
const pids = { server: server.pid, service: svc.pid, client: process.pid };
await sleep(2000);
emit({ w: 'W6 idle rss', server: rssMiB(server.pid), service: rssMiB(svc.pid) });

const only = (process.env.ONLY ?? 'w2,w1,w3,w4,w5').split(',');
const runs = N('RUNS', 3);
const C = N('CONC', 64);

if (only.includes('w2')) {
  await pool(2000, C, (i) => call(`warm${i % 100}`).add(1));
  for (let r = 0; r < runs; r++) {
    const lat = [];
    const m = await measured(pids, () =>
      pool(N('SEQ', 1000), 1, async (i) => {
        const t = now();
        await call(`c${i % 100}`).add(1);
        lat.push(now() - t);
      }),
    );
    emit({ w: 'W2 seq', p50: pct(lat, 50), p99: pct(lat, 99), perSec: lat.length / m.wall, cpu: m.cpuPct });
  }
  for (let r = 0; r < runs; r++) {
    const n = N('W2N', 10000);
    const lat = [];
    const m = await measured(pids, () =>
      pool(n, C, async (i) => {
        const t = now();
        await call(`c${i % 100}`).add(1);
        lat.push(now() - t);
      }),
    );
    emit({ w: 'W2 c64', perSec: n / m.wall, p50: pct(lat, 50), p99: pct(lat, 99), cpu: m.cpuPct });
  }
  await ours('w2');
}
if (only.includes('w1')) {
  for (let r = 0; r < runs; r++) {
    const n = N('W1N', 20000);
    const p = `s${r}-${now() | 0}-`;
    const m = await measured(pids, async (start) => {
      await pool(n, C, (i) => send(`${p}${i % 100}`).add(1));
      const acked = now() - start;
      for (let k = 0; k < 100; k++) while ((await call(`${p}${k}`).get()) < n / 100) await sleep(5);
      return { ackSec: acked / 1000 };
    });
    emit({ w: 'W1', perSec: n / m.wall, ackPerSec: n / m.ackSec, cpu: m.cpuPct });
  }
  await ours('w1');
}
if (only.includes('w3')) {
  const n = N('W3N', 2000);
  const variants = {
    'workflow submit+attach (call)': async (id, a, b) => {
      const w = rs.workflowClient({ name: 'tiny' }, id);
      await w.workflowSubmit({ a, b });
      return w.workflowAttach();
    },
    'workflow submit+attach (signal)': async (id, a, b) => {
      const w = rs.workflowClient({ name: 'tinySignal' }, id);
      await w.workflowSubmit({ a, b });
      return w.workflowAttach();
    },
    'service handler (call)': (id, a, b) => rs.serviceClient(orch).tiny({ a, b }),
  };
  for (const [name, fn] of Object.entries(variants)) {
    for (let r = 0; r < runs; r++) {
      const id = `${name}${r}-${now() | 0}`.replaceAll(/[^a-z0-9]/g, '');
      const m = await measured(pids, () => pool(n, C, (i) => fn(`${id}-${i}`, `a${i % 100}`, `b${(i * 7) % 100}`)));
      emit({ w: `W3 c64 ${name}`, perSec: n / m.wall, cpu: m.cpuPct });
    }
    const lat = [];
    const id = `q${name}-${now() | 0}`.replaceAll(/[^a-z0-9]/g, '');
    await pool(N('W3SEQ', 300), 1, async (i) => {
      const t = now();
      await fn(`${id}-${i}`, `a${i % 100}`, `b${(i * 7) % 100}`);
      lat.push(now() - t);
    });
    emit({ w: `W3 seq ${name}`, p50: pct(lat, 50), p99: pct(lat, 99) });
  }
  await ours('w3');
}
if (only.includes('w4')) {
  const n = N('W4N', 2000);
  for (const kind of ['transferSaga', 'transferLocked']) {
    for (let r = 0; r < runs; r++) {
      await pool(100, C, (k) => rs.objectClient(account, `${k}`).open(1000));
      const list = transfers(n, 100, 42 + r);
      let okc = 0;
      const m = await measured(pids, () =>
        pool(n, C, async (i) => {
          if (await rs.serviceClient(orch)[kind](list[i])) okc++;
        }),
      );
      await sleep(500);
      let total = 0;
      await pool(100, C, async (k) => {
        const b = await rs.objectClient(account, `${k}`).balance();
        total += b;
      });
      emit({ w: `W4 ${kind}`, perSec: n / m.wall, moved: okc, total, conserved: total === 100000, cpu: m.cpuPct });
    }
  }
  await ours('w4');
}
if (only.includes('w5')) {
  for (let r = 0; r < runs; r++) {
    const m = await measured(pids, async () => ({
      sum: await rs.serviceClient(orch).fanout({ n: 1000, prefix: 'f' }),
    }));
    emit({ w: 'W5', ...m });
  }
  await ours('w5');
}
if (only.includes('w6b')) {
  const n = N('TOUCH', 100000);
  const m = await measured(pids, () => pool(n, C, (i) => send(`t${i}`).add(1)));
  for (let k = n - 200; k < n; k++) while ((await call(`t${k}`).get()) < 1) await sleep(5);
  await sleep(3000);
  emit({ w: 'W6 touch', n, perSec: n / m.wall, serverRss: rssMiB(server.pid), serviceRss: rssMiB(svc.pid) });
}
if (only.includes('w7')) {
  for (const mode of ['no-retry', 'idempotency+retry']) {
    const n = N('W1N', 20000);
    const p = `r${mode.length}-${now() | 0}-`;
    let acked = 0,
      failed = 0,
      retries = 0,
      killedAt = 0,
      recoveredMs = 0;
    const timer = setTimeout(
      () => {
        killedAt = now();
        server.kill('SIGKILL');
        svc.kill('SIGKILL');
        setTimeout(() => {
          startServer();
          startSvc();
        }, 200);
      },
      N('KILL_MS', 1500),
    );
    const run = pool(n, C, async (i) => {
      for (;;) {
        try {
          if (mode === 'no-retry') await send(`${p}${i % 100}`).add(1);
          else await send(`${p}${i % 100}`).add(1, clients.rpc.sendOpts({ idempotencyKey: `${p}${i}` }));
          acked++;
          if (killedAt && !recoveredMs) recoveredMs = now() - killedAt;
          return;
        } catch {
          if (mode === 'no-retry') {
            failed++;
            if (killedAt && !recoveredMs) await sleep(50);
            return;
          }
          retries++;
          await sleep(50);
        }
      }
    });
    await run;
    clearTimeout(timer);
    let sum = -1,
      prev = -2,
      stable = 0;
    const tend = now();
    while (stable < 5 && now() - tend < 60000) {
      prev = sum;
      sum = 0;
      try {
        await pool(100, C, async (k) => {
          const v = await call(`${p}${k}`).get();
          sum += v;
        });
      } catch {
        sum = -1;
      }
      stable = sum === prev ? stable + 1 : 0;
      await sleep(300);
    }
    emit({
      w: `W7 ${mode}`,
      sent: n,
      acked,
      failed,
      retries,
      sum,
      lost: Math.max(0, acked - sum),
      extra: sum - acked,
      firstAckAfterKillMs: Math.round(recoveredMs),
    });
  }
}
emit({
  end: true,
  serverRss: rssMiB(server.pid),
  serviceRss: rssMiB(svc.pid),
  base: process.env.KEEP ? base : undefined,
});
server.kill('SIGTERM');
svc.kill('SIGTERM');
await new Promise((r) => server.once('exit', r));
if (!process.env.KEEP) fs.rmSync(base, { recursive: true, force: true });
process.exit(0);

// durabletask-js on its in-memory backend: nothing is persisted, so these are upper bounds for its programming model only.
import {
  InMemoryOrchestrationBackend,
  TestOrchestrationClient,
  TestOrchestrationWorker,
  whenAll,
} from '@microsoft/durabletask-js';
import { N, emit, measured, now, pct, pool, rssMiB } from '../lib/harness.mjs';

// The test worker offers no logger option and prints some twenty lines for each orchestration: silence them.
console.info = console.debug = console.warn = console.error = () => {};
const t0 = now();
const backend = new InMemoryOrchestrationBackend(100000);
const client = new TestOrchestrationClient(backend);
const worker = new TestOrchestrationWorker(backend);
const values = new Map();
const get = (_, k) => values.get(k) ?? 0;
const add = (_, { k, n }) => {
  const v = (values.get(k) ?? 0) + n;
  values.set(k, v);
  return v;
};
async function* tiny(ctx, { a, b }) {
  const x = yield ctx.callActivity(get, a);
  const y = yield ctx.callActivity(add, { k: b, n: 1 });
  return x + y;
}
async function* one(ctx, k) {
  return yield ctx.callActivity(add, { k, n: 1 });
}
async function* fanout(ctx, n) {
  const rs = yield whenAll(Array.from({ length: n }, (_, i) => ctx.callActivity(add, { k: `f${i}`, n: 1 })));
  return rs.reduce((s, v) => s + v, 0);
}
for (const f of [tiny, one, fanout]) worker.addOrchestrator(f);
worker.addActivity(get);
worker.addActivity(add);
await worker.start();
const runOne = async (f, input) => {
  const id = await client.scheduleNewOrchestration(f, input);
  return client.waitForOrchestrationCompletion(id, true, 60);
};
await runOne(one, 'cold');
emit({
  w: 'W6 cold start',
  firstMsSinceModuleLoad: Math.round(now() - t0),
  sinceProcessStart: Math.round(performance.now()),
  rss: rssMiB(process.pid),
  hasAddEntity: typeof worker.addEntity,
});
const pids = { node: process.pid },
  C = 64,
  runs = N('RUNS', 3);
for (let r = 0; r < runs; r++) {
  const lat = [];
  const m0 = await measured(pids, () =>
    pool(1000, 1, async (i) => {
      const t = now();
      await runOne(one, `c${i % 100}`);
      lat.push(now() - t);
    }),
  );
  emit({ w: 'W2 seq (orchestration with one activity)', p50: pct(lat, 50), p99: pct(lat, 99), cpu: m0.cpuPct });
  let m = await measured(pids, () => pool(2000, C, (i) => runOne(one, `c${i % 100}`)));
  emit({ w: 'W2 c64', perSec: 2000 / m.wall, cpu: m.cpuPct });
  m = await measured(pids, () => pool(2000, C, (i) => runOne(tiny, { a: `a${i % 100}`, b: `b${(i * 7) % 100}` })));
  emit({ w: 'W3 c64', perSec: 2000 / m.wall, cpu: m.cpuPct });
  const l3 = [];
  await pool(500, 1, async (i) => {
    const t = now();
    await runOne(tiny, { a: `a${i % 100}`, b: `b${(i * 7) % 100}` });
    l3.push(now() - t);
  });
  emit({ w: 'W3 seq', p50: pct(l3, 50), p99: pct(l3, 99) });
  m = await measured(pids, async () => {
    const s = await runOne(fanout, 1000);
    return { sum: s.serializedOutput };
  });
  emit({ w: 'W5', ...m });
}
process.exit(0);

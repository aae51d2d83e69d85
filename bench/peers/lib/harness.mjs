// Small helpers shared by the peer benchmarks: a bounded-concurrency loop, percentiles and process accounting.
import fs from 'node:fs';

export const now = () => performance.now();
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

/** Runs fn(i) for i in [0,n) with at most `conc` in flight. */
export async function pool(n, conc, fn) {
  let next = 0;
  const worker = async () => {
    while (next < n) await fn(next++);
  };
  await Promise.all(Array.from({ length: Math.min(conc, n) }, worker));
}

export function pct(values, p) {
  const s = [...values].sort((a, b) => a - b);
  return s[Math.min(s.length - 1, Math.floor((s.length * p) / 100))];
}
export const median = (v) => pct(v, 50);

/** CPU seconds used by a process so far (user + system), 0 when it is gone. */
export function cpuSeconds(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const f = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(f[11]) + Number(f[12])) / 100;
  } catch {
    return 0;
  }
}

/** CPU seconds of every process whose parent is `pid`, plus its own (e.g. PostgreSQL backends). */
export function treeCpuSeconds(pid) {
  let sum = cpuSeconds(pid);
  try {
    const f = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const g = f.slice(f.lastIndexOf(')') + 2).split(' ');
    sum += (Number(g[13]) + Number(g[14])) / 100; // children already waited for
    if (pid !== process.pid) for (const c of childrenOf(pid)) sum += cpuSeconds(c);
  } catch {}
  return sum;
}
export function childrenOf(pid) {
  const out = [];
  for (const d of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(d)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${d}/stat`, 'utf8');
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (ppid === pid) out.push(Number(d));
    } catch {}
  }
  return out;
}

export function rssMiB(pid) {
  try {
    const m = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Math.round(Number(m[1]) / 1024);
  } catch {
    return 0;
  }
}

/** CPU seconds used by the whole machine so far. */
function busySeconds() {
  const f = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  return (f[0] + f[1] + f[2] + f[5] + f[6]) / 100;
}
const sumCpu = (pids) => Object.values(pids).reduce((s, p) => s + treeCpuSeconds(p), 0);

/** Waits until what other processes use of the machine stays under `limit` percent of one core, for QUIET_S seconds at most. */
export async function quiet(pids = {}, limit = 25) {
  const until = now() + N('QUIET_S', 45) * 1000;
  for (let calm = 0; now() < until && calm < 2;) {
    const t = now(),
      b = busySeconds(),
      m = sumCpu(pids);
    await sleep(700);
    const other = ((busySeconds() - b - (sumCpu(pids) - m)) / ((now() - t) / 1000)) * 100;
    calm = other < limit ? calm + 1 : 0;
  }
}

/** Measures fn and reports wall seconds with the CPU use of each named pid, in percent of one core ("other": all the rest, kernel threads included). */
export async function measured(pids, fn) {
  await quiet(pids);
  const before = Object.fromEntries(Object.entries(pids).map(([k, p]) => [k, treeCpuSeconds(p)]));
  const b0 = busySeconds();
  const t0 = now();
  const extra = (await fn(t0)) ?? {};
  const wall = (now() - t0) / 1000;
  const busy = busySeconds() - b0;
  let mine = 0;
  const cpu = Object.fromEntries(
    Object.entries(pids).map(([k, p]) => {
      const d = treeCpuSeconds(p) - before[k];
      mine += d;
      return [k, +((d / wall) * 100).toFixed(0)];
    }),
  );
  cpu.other = +(((busy - mine) / wall) * 100).toFixed(0);
  return { wall: +wall.toFixed(3), ...extra, cpuPct: cpu };
}

export async function waitHttp(url, { timeoutMs = 60000, ok = (s) => s < 500 } = {}) {
  const t0 = now();
  for (;;) {
    try {
      const r = await fetch(url);
      await r.arrayBuffer();
      if (ok(r.status)) return now() - t0;
    } catch {}
    if (now() - t0 > timeoutMs) throw new Error(`not ready: ${url}`);
    await sleep(10);
  }
}

/** Deterministic random numbers so that every peer sees the same transfers. */
export function rng(seed) {
  let s = seed >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = s;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
export function transfers(n, accounts, seed = 42) {
  const r = rng(seed);
  return Array.from({ length: n }, () => {
    const from = Math.floor(r() * accounts);
    let to = Math.floor(r() * (accounts - 1));
    if (to >= from) to++;
    return { from, to, amount: 1 + Math.floor(r() * 50) };
  });
}

export const N = (name, dflt) => Number(process.env[name] ?? dflt);
export function emit(o) {
  console.log(JSON.stringify(o));
}

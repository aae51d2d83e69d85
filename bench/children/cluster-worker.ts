/** A worker of a cluster, which also sends the load that it is told to send: `node cluster-worker.js URL SCHEMA`. */
import 'reflect-metadata';
import { performance } from 'node:perf_hooks';
import { DurableHost, EntityId } from '../../src/index.js';
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import type { CommitBatch, Store } from '../../src/engines/sql/ports/store.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import type { Driven, Order } from '../cluster/orders.js';
import { startMeter } from '../measure.js';
import { everything } from '../programs.js';
import type { LoadWork } from '../work.js';
import { worksNamed } from '../works/index.js';

const [url, schema] = process.argv.slice(2) as [string, string];
const written = { commits: 0, away: 0 };
/** The times of the last commits in ms. */
const commitTimes: number[] = [];
const commitTimesMax = 10_000;
const moves = { sealedMs: 0, gainedMs: 0 };
const host = await DurableHost['startOn'](() => counting(postgresStore({ type: 'postgres', url, schema })), {
  register: everything,
  logger: {
    debug: () => {},
    info: (_, message) => {
      if (message === 'The worker has taken over partitions.') moves.gainedMs = nowMs();
    },
    warn: console.warn,
    error: console.error,
  },
});
const { client } = host;
process.on('disconnect', () => process.exit(1));
process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.(answer ?? {}, () => order.do === 'stop' && process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.({});

/** The clock that the processes of a machine share. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

async function timed(commit: Promise<unknown>): Promise<unknown> {
  const begunMs = performance.now();
  const done = await commit;
  if (commitTimes.length < commitTimesMax) commitTimes.push(performance.now() - begunMs);
  return done;
}

/** Counts and times commits, and counts rows for the partitions of other workers: they have no place and no due time. */
function counting(store: Store): Store {
  return new Proxy(store, {
    get: (target, member) => {
      const value: unknown = Reflect.get(target, member, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        if (member === 'commit') {
          const { inbox, gives = [] } = given[0] as CommitBatch;
          written.commits++;
          if (gives.length > 0) moves.sealedMs = nowMs();
          for (const { arrival, dueMs } of inbox) if (arrival === null && dueMs === null) written.away++;
        }
        const result = (value as (...given: unknown[]) => unknown).apply(target, given);
        return member === 'commit' ? timed(result as Promise<unknown>) : result;
      };
    },
  });
}

function workNamed(name: string): LoadWork {
  const [work] = worksNamed([name]).chosen;
  if (work === undefined || !('unit' in work)) throw new Error(`${name} is no work with units.`);
  return work;
}

async function obey(order: Order): Promise<object | undefined | void> {
  switch (order.do) {
    case 'prepare':
      return workNamed(order.work).prepare?.(client);
    case 'drive':
      return drive(order);
    case 'settle':
      return workNamed(order.work).settle?.(client);
    case 'check':
      return workNamed(order.work).check?.(client, order.units);
    case 'callOne':
      return { latencies: await callOne(keyWhere(order.isOwn), order.calls) };
    case 'commitTimes':
      return { times: commitTimes.splice(0) };
    case 'ownKey':
      return { key: keyWhere(true) };
    case 'call':
      return void (await increase(order.key));
    case 'partitions':
      return { count: host.status().worker?.partitions.length ?? 0 };
    case 'moves':
      return moves;
    case 'stop':
      await host.stop();
      return moves;
  }
}

async function drive({ work: name, inFlight, ms, from, step }: Order & { do: 'drive' }): Promise<Driven> {
  const work = workNamed(name);
  const before = { ...written };
  const latencies: number[] = [];
  let next = from;
  const meter = startMeter();
  const endMs = performance.now() + ms;
  const one = async () => {
    for (let begunMs = performance.now(); begunMs < endMs; begunMs = performance.now()) {
      const index = next;
      next += step;
      await work.unit(client, index);
      latencies.push(performance.now() - begunMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  const { elapsedMs, cpuUs } = meter();
  return {
    units: latencies.length,
    elapsedMs,
    cpuUs,
    commits: written.commits - before.commits,
    away: written.away - before.away,
    latencies,
  };
}

function increase(key: string): Promise<number> {
  return client.callEntity<number>(new EntityId('Counter', key), 'increase', 0);
}

async function callOne(key: string, calls: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let call = 0; call < calls; call++) {
    const begunMs = performance.now();
    await increase(key);
    latencies.push(performance.now() - begunMs);
  }
  return latencies;
}

/** The key of a counter whose partition this worker owns, or another one. */
function keyWhere(isOwn: boolean): string {
  const { worker } = host.status();
  const own = new Set(worker?.partitions.map(({ partition }) => partition));
  for (let n = 0; ; n++) {
    const key = `remote-${n}`;
    if (own.has(partitionOf(`@counter@${key}`, worker?.partitionCount ?? 1)) === isOwn) return key;
  }
}

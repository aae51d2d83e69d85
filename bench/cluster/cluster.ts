/** Several worker processes on one PostgreSQL server, each of which also sends its part of the load. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { kill, startChild } from '../children/child.js';
import type { OpenSchema } from '../databases.js';
import { percentile, type Figure } from '../figure.js';
import type { LoadWork } from '../work.js';
import type { Driven, Moves, Order } from './orders.js';

/** A partition stays for some seconds where it came to, and a fair share moves in steps. */
const balancePauseMs = 250;
const warmCalls = 1_000;
const timedCalls = 1_000;
/** How many workers are stopped, one after the other. */
const handOverRounds = 7;

export class Cluster {
  /** Units of all works so far: their counters are the same. */
  private units = 0;

  private constructor(
    private readonly database: OpenSchema,
    private readonly workers: ChildProcess[],
  ) {}

  /** Starts the workers, and waits until each has its share. */
  static async start(database: OpenSchema, count: number): Promise<Cluster> {
    const cluster = new Cluster(database, []);
    for (let number = 0; number < count; number++) cluster.workers.push(await cluster.startWorker());
    await cluster.balanced();
    return cluster;
  }

  private async startWorker(): Promise<ChildProcess> {
    const { url, schema } = this.database;
    const child = startChild('cluster-worker', url, schema);
    await answerOf(child);
    return child;
  }

  private async balanced(): Promise<void> {
    for (;;) {
      const counts = await this.all<{ count: number }>(() => ({ do: 'partitions' }));
      const owned = counts.map(({ count }) => count);
      if (Math.max(...owned) - Math.min(...owned) <= 1) return;
      await setTimeout(balancePauseMs);
    }
  }

  private all<T>(order: (number: number) => Order): Promise<T[]> {
    return Promise.all(this.workers.map((worker, number) => ask<T>(worker, order(number))));
  }

  private get first(): ChildProcess {
    return this.workers[0] as ChildProcess;
  }

  /** Measures a work for about this time, its units in flight shared by the workers. */
  async measure(work: LoadWork, inFlight: number, seconds: number): Promise<Figure> {
    const { length: count } = this.workers;
    const each = Math.max(1, Math.round(inFlight / count));
    await ask(this.first, { do: 'prepare', work: work.name });
    const drive = (ms: number) => {
      const begun = Math.ceil(this.units / count) * count;
      return this.all<Driven>((number) => {
        const from = begun + number;
        return { do: 'drive', work: work.name, inFlight: each, ms, from, step: count };
      });
    };
    for (const warm of await drive(500)) this.units += warm.units;
    const serverBeforeUs = await this.database.serverCpuUs();
    const begunMs = performance.now();
    const driven = await drive(seconds * 1_000);
    await ask(this.first, { do: 'settle', work: work.name });
    const elapsedMs = performance.now() - begunMs;
    const serverUs = (await this.database.serverCpuUs()) - serverBeforeUs;
    const measured = driven.reduce((sum, each) => sum + each.units, 0);
    this.units += measured;
    await ask(this.first, { do: 'check', work: work.name, units: this.units });
    const messages = measured * work.messagesPerUnit;
    const total = (of: (each: Driven) => number) => driven.reduce((sum, each) => sum + of(each), 0);
    const latencies = driven.flatMap((each) => each.latencies);
    return {
      work: work.name,
      inFlight,
      perSecond: (messages / elapsedMs) * 1_000,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      ceilingPerSecond: Number.NaN,
      commits: total((one) => one.commits),
      rowsPerMessage: Number.NaN,
      bytesPerMessage: Number.NaN,
      loopUse: Number.NaN,
      cpuUsPerMessage: total((one) => one.cpuUs) / messages,
      more: {
        workers: count,
        'server cpu us/msg': serverUs / messages,
        'remote hops/msg': total((one) => one.away) / messages,
      },
    };
  }

  /** Times in ms that need at least two workers. */
  async measureTimes(): Promise<Record<string, number>> {
    const { callMs: localCallMs } = await this.timeCalls(true);
    const { callMs: remoteCallMs, commitsMs } = await this.timeCalls(false);
    const stops: number[] = [];
    const handOvers: number[] = [];
    for (let round = 0; round < handOverRounds; round++) {
      const { stopMs, handOverMs } = await this.measureHandOver();
      stops.push(stopMs);
      handOvers.push(handOverMs);
      this.workers.push(await this.startWorker());
      await this.balanced();
    }
    const takeoverMs = await this.timeToNextOwner((last) => void kill(last));
    return {
      'local call p50 ms': localCallMs,
      'remote call p50 ms': remoteCallMs,
      'two commits of a remote call p50 ms (of the worker that calls, and of the one that answers)': commitsMs,
      'hand-over p50 ms (last batch of the old owner to the first turn of the new one)': percentile(handOvers, 0.5),
      'stop p50 ms (of a worker, to the answer of one of its idle entities)': percentile(stops, 0.5),
      'takeover after SIGKILL ms': takeoverMs,
    };
  }

  /** Medians of calls that follow each other, and the sum of the medians of the commits that belong to them. */
  private async timeCalls(isOwn: boolean): Promise<{ callMs: number; commitsMs: number }> {
    await ask(this.first, { do: 'callOne', isOwn, calls: warmCalls });
    await this.commitTimes();
    const { latencies } = await ask<{ latencies: number[] }>(this.first, { do: 'callOne', isOwn, calls: timedCalls });
    const [here = [], ...others] = await this.commitTimes();
    return { callMs: percentile(latencies, 0.5), commitsMs: percentile(here, 0.5) + percentile(others.flat(), 0.5) };
  }

  private async commitTimes(): Promise<number[][]> {
    return (await this.all<{ times: number[] }>(() => ({ do: 'commitTimes' }))).map(({ times }) => times);
  }

  /** Stops the last worker, which gives its partitions to the others. */
  private async measureHandOver(): Promise<{ stopMs: number; handOverMs: number }> {
    let stopped: Promise<Moves> | undefined;
    const stopMs = await this.timeToNextOwner((last) => (stopped = ask<Moves>(last, { do: 'stop' })));
    const { sealedMs } = (await stopped) as Moves;
    const { gainedMs } = await ask<Moves>(this.first, { do: 'moves' });
    return { stopMs, handOverMs: gainedMs - sealedMs };
  }

  /** The time from the end of the last worker to the answer of one of its idle entities in another worker. */
  private async timeToNextOwner(end: (last: ChildProcess) => unknown): Promise<number> {
    const last = this.workers.pop() as ChildProcess;
    const { key } = await ask<{ key: string }>(last, { do: 'ownKey' });
    await ask(this.first, { do: 'call', key });
    const begunMs = performance.now();
    end(last);
    await ask(this.first, { do: 'call', key });
    const elapsedMs = performance.now() - begunMs;
    if (last.exitCode === null && last.signalCode === null) await once(last, 'exit');
    return elapsedMs;
  }

  async stop(): Promise<void> {
    for (const worker of this.workers.splice(0)) {
      await ask(worker, { do: 'stop' });
      if (worker.exitCode === null) await once(worker, 'exit');
    }
  }
}

function ask<T>(worker: ChildProcess, order: Order): Promise<T> {
  const answer = answerOf<T>(worker);
  worker.send(order);
  return answer;
}

/** @throws if the process ends before */
async function answerOf<T>(worker: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const gone = once(worker, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`A worker ended with ${code} before it answered.`);
  });
  try {
    const [answer] = (await Promise.race([once(worker, 'message'), gone])) as [T];
    return answer;
  } finally {
    gone.catch(() => {});
    ended.abort();
  }
}

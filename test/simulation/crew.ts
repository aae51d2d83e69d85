/** Shares a range of seeds among threads. */
import { Worker } from 'node:worker_threads';
import type { RangeOutcome, SeedRange } from './seeds.js';
import { add, noCounters, type FailedSeed } from './tally.js';

const chunk = 20;

/** Resolves when all seeds have run, or enough have failed, or the time has ended. */
export async function runOnThreads(
  { first, last, several = false }: SeedRange,
  threads: number,
  { failuresMax, endAtMs, onProgress }: { failuresMax: number; endAtMs: number; onProgress: (done: number) => void },
): Promise<RangeOutcome> {
  const counters = noCounters();
  const failed: FailedSeed[] = [];
  let next = first;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.js', import.meta.url));
    try {
      while (next <= last && failed.length < failuresMax && performance.now() < endAtMs) {
        const range = { first: next, last: Math.min(last, next + chunk - 1), several };
        next = range.last + 1;
        const outcome = await answerOf(worker, range);
        add(counters, outcome.counters);
        failed.push(...outcome.failed);
        onProgress(counters.seeds);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  return { counters, failed: failed.sort((a, b) => a.seed - b.seed) };
}

function answerOf(worker: Worker, range: SeedRange): Promise<RangeOutcome> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new Error(`seeds ${range.first}..${range.last}`, { cause: error }));
    worker.once('error', fail);
    worker.once('message', (outcome: RangeOutcome) => {
      worker.off('error', fail);
      resolve(outcome);
    });
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(range);
  });
}

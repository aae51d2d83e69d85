/** A thread that runs the seeds that it is given. */
import 'reflect-metadata';
import { parentPort } from 'node:worker_threads';
import { runSeeds, type SeedRange } from './seeds.js';

parentPort?.on('message', (range: SeedRange) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  void runSeeds(range).then((outcome) => parentPort?.postMessage(outcome));
});

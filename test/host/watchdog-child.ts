/** Watches its own loop for standstills of two seconds, again and again for three, and then stands still: `node watchdog-child.js`. */
import { setTimeout } from 'node:timers/promises';
import { consoleLogger } from '../../src/host/console-logger.js';
import { watchStalls } from '../../src/host/watchdog.js';

/** Long for a busy machine too; longer than one watch lives. */
const limitMs = 2_000;
const endMs = performance.now() + 1.5 * limitMs;
while (performance.now() < endMs) {
  const end = watchStalls(limitMs, consoleLogger);
  await setTimeout(10);
  end();
}
console.log('went on');
watchStalls(limitMs, consoleLogger);
// No work for the machine, and a standstill all the same.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 240_000);
console.log('was not ended');

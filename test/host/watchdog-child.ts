/** Watches its own loop for standstills of 200 ms, again and again for a moment, and then stands still: `node watchdog-child.js`. */
import { setTimeout } from 'node:timers/promises';
import { consoleLogger } from '../../src/host/console-logger.js';
import { watchStalls } from '../../src/host/watchdog.js';

const endMs = performance.now() + 1_000;
while (performance.now() < endMs) {
  const end = watchStalls(200, consoleLogger);
  await setTimeout(10);
  end();
}
console.log('went on');
watchStalls(200, consoleLogger);
const stillMs = performance.now() + 10_000;
while (performance.now() < stillMs);
console.log('was not ended');

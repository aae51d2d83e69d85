/**
 * Watch of the platform that lasts as long as the tests. Hosts of thousands of tests would otherwise replace the timers and the clock of the
 * platform and put them back, and Node.js compiles the code that uses them again each time. What a stop puts back is tested in a process of
 * its own (`test/host/strict-mode.spec.ts`).
 */
import { watchPlatform } from '../src/host/platform-watch.js';

watchPlatform();

/**
 * Watch of the platform that lasts as long as the tests. Otherwise the host of each test would replace the timers and the clock of
 * the platform and restore them, and Node.js would compile the code that uses them again each time. A process of its own tests what a stop
 * restores (`test/host/strict-mode.spec.ts`).
 */
import { watchPlatform } from '../src/host/platform-watch.js';

watchPlatform();

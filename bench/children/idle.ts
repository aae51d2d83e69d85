/** Idle load: an idle host for a given time. The measurement starts some seconds after the host, because V8 cleans up after a start. */
import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { DurableHost } from '../../src/index.js';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import { startMeter } from '../measure.js';
import { everything } from '../programs.js';
import { RecordingStore } from '../recording-store.js';
import { report } from './child.js';

const [file, ms] = [process.argv[2] as string, Number(process.argv[3])];
const recording = new RecordingStore(sqliteStore(file));
const host = await DurableHost['startOn'](() => recording.recorded, { register: everything });
await setTimeout(12_000);
recording.begin();
const before = recording.calls;
const meter = startMeter();
await setTimeout(ms);
const { cpuUs, elapsedMs, loopUse } = meter();
report({ calls: recording.calls - before, commits: recording.written.commits, cpuUs, elapsedMs, loopUse });
await host.stop();
process.disconnect();

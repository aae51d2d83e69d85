/** Every way to harm, in the order of the summary. */
import type { FaultKind } from '../fault-kind.js';
import { clock } from './clock.js';
import { crash, stall } from './crash.js';
import { corrupt } from './corrupt.js';
import { disk } from './disk.js';
import { file } from './file.js';
import { failover } from './failover.js';
import { io } from './io.js';
import { kill } from './kill.js';
import { lock } from './lock.js';
import { power } from './power.js';
import { zombie } from './zombie.js';

export const faultKinds: readonly FaultKind[] = [
  kill,
  failover,
  zombie,
  lock,
  stall,
  crash,
  file,
  corrupt,
  disk,
  io,
  power,
  clock,
];

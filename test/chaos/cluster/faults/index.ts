/** Every way to harm several workers on one server, in the order of the summary. */
import type { FaultKind } from '../../fault-kind.js';
import type { ClusterStory } from '../cluster-story.js';
import type { ClusterStorage } from '../server.js';
import { deploy, join } from './fleet.js';
import { kill } from './kill.js';
import { blackhole, cut, delay, drop } from './network.js';
import { listener, restart, terminate } from './server.js';
import { zombie } from './zombie.js';

const clusterKinds: readonly FaultKind<ClusterStory>[] = [
  kill,
  zombie,
  drop,
  cut,
  blackhole,
  delay,
  terminate,
  restart,
  listener,
  deploy,
  join,
];

/** Those without the ones that need notifications. */
export const clusterKindsOf = (storage: ClusterStorage): readonly FaultKind<ClusterStory>[] =>
  clusterKinds.filter((kind) => storage === 'postgres' || kind !== listener);

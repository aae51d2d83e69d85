/** Every way to harm a Restate cluster and its hosts, in the order of the summary. */
import type { FaultKind } from '../../fault-kind.js';
import type { RestateStory } from '../restate-story.js';
import { both, node } from './node.js';
import { stop } from './stop.js';
import { worker } from './worker.js';

export const restateKinds: readonly FaultKind<RestateStory>[] = [node, worker, both, stop];

/** The server ends connections, or ends and starts again. */
import { between, type FaultKind } from '../../fault-kind.js';
import { pause } from '../../pause.js';
import type { ClusterStory } from '../cluster-story.js';
import { noOwnServer, restartServer } from '../server.js';
import { anyProcess, kindOf } from './common.js';

/** An administrator ends all connections of one process. */
export const terminate: FaultKind<ClusterStory> = {
  name: 'terminate',
  weight: 2,
  cyclesPerStory: 15,
  async cycle({ story, random, tally }) {
    const { slot } = await anyProcess(story, random);
    await pause(between(random, 0, 300));
    const count = await story.storage.terminate(story.applicationOf(slot));
    await story.goesOn('work goes on after connections were ended');
    await story.checkDead();
    tally.fault(`terminate: ${kindOf(slot)}`);
    tally.detail('connections that the server ended', count);
  },
};

/** All processes of the server end at once. */
export const restart: FaultKind<ClusterStory> = {
  name: 'restart',
  weight: 2,
  cyclesPerStory: 8,
  unavailable: noOwnServer,
  async cycle({ story, random, tally }) {
    await story.whole();
    await pause(between(random, 0, 500));
    await restartServer();
    const restartedAtMs = performance.now();
    await story.goesOn('work goes on after a restart of the server');
    tally.takeover('all processes, after a restart of the server', performance.now() - restartedAtMs);
    await story.checkDead();
    tally.fault('restart: immediate shutdown and start');
  },
};

/** Only the connections that listen end: hints are lost. */
export const listener: FaultKind<ClusterStory> = {
  name: 'listener',
  weight: 1,
  cyclesPerStory: 15,
  async cycle({ story, random, tally }) {
    await story.whole();
    await pause(between(random, 0, 300));
    const count = await story.storage.terminateListeners();
    await story.goesOn('work goes on without hints');
    await story.checkDead();
    tally.fault('listener: all listening connections end');
    tally.detail('listening connections that ended', count);
  },
};

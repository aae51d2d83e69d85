/** Signals to 100 counters, 64 in flight, until the process is killed. Reports the number of acknowledgements from time to time. */
import 'reflect-metadata';
import { DurableHost, EntityId } from '../../src/index.js';
import { ICounter, everything } from '../programs.js';
import { report } from './child.js';

const host = await DurableHost.start({ storage: process.argv[2] as string, register: everything });
let sent = 0;
let acknowledged = 0;
await Promise.all(
  Array.from({ length: 64 }, async () => {
    for (;;) {
      const id = new EntityId('Counter', `k${sent++ % 100}`);
      await host.client.signalEntity(ICounter, id, (counter) => counter.add(1));
      acknowledged++;
      if (acknowledged % 64 === 0) report({ acknowledged });
    }
  }),
);

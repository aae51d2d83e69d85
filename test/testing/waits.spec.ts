import { expect } from 'chai';
import { TestHostCrashedError } from '../../src/testing/index.js';
import { Counter, failure, list, programs, startHost } from './programs.js';

describe('TestHost: everything that a client follows', () => {
  it('watch() yields each committed state and ends with the process', async () => {
    const host = await startHost({ register: programs });
    const seen: (number | undefined)[] = [];
    const watching = (async () => {
      for await (const { entityState } of host.client.watch(Counter, 'a')) seen.push(entityState?.value);
    })();
    const ended = failure(watching);
    await host.idle();
    await host.client.callEntity(Counter, 'a', (counter) => counter.add(2));
    await host.idle();
    await using _next = await host.crash();
    expect(await ended).to.be.instanceOf(TestHostCrashedError);
    expect(seen).to.deep.equal([undefined, 2]);
  });

  it('processed() resolves when a signal was processed, also after a move of time', async () => {
    await using host = await startHost({ register: programs });
    const later = host.now.getTime() + 3_600_000;
    const ticket = await host.client.signalEntity(list, 'append', 1, { scheduledTime: later });
    const processed = host.client.processed(ticket);
    await host.until(processed);
    expect(host.now.getTime()).to.equal(later);
  });
});

/** Reading your own writes. */
import { expect } from 'chai';
import type { Ticket } from '../../src/client/index.js';
import { InvalidArgumentError } from '../../src/errors/index.js';
import { Entity, Operation, TimeoutError } from '../../src/index.js';
import { counterIn, forms, gate } from './counters.js';
import { acceptance, allSettings, settingsOf } from './variants.js';
import { counterId, fresh, refusal } from './world.js';

@Entity({ name: 'Counter' })
class Till {
  total = 0;

  @Operation({ oneWay: true }) take(amount: number): void {
    this.total += amount;
  }
}

for (const form of forms) {
  acceptance(`tickets of signals to a ${form} entity`, settingsOf(form), (world) => {
    let key: string;
    beforeEach(() => {
      key = fresh('key');
    });

    it('a read after a ticket sees what the signal did, whether the entity runs ahead of the commit or behind it', async () => {
      for (const effects of ['none', 'external'] as const) {
        const client = await world().start([counterIn(form, effects)]);
        for (let i = 1; i <= 3; i++) {
          const ticket = await client.signalEntity(counterId(`${key}-${effects}`), 'add', 1);
          expect(ticket).to.match(/^[!-~]+$/);
          const after = await client.readEntityState(counterId(`${key}-${effects}`), { after: ticket });
          expect(after.entityState).to.deep.equal({ value: i });
        }
        await world().host.stop();
      }
    });

    it('a signal that fails is processed too', async () => {
      const client = await world().start([counterIn(form, 'external')]);
      const ticket = await client.signalEntity(counterId(key), 'throwPlainly', 'no');
      await client.processed(ticket);
      expect((await client.readEntityState(counterId(key), { after: ticket })).entityExists).to.equal(false);
    });

    it('a signal that waits for others is processed after them; its ticket is good in the next process too', async () => {
      const client = await world().start([counterIn(form, 'external')]);
      const paused = client.callEntity(counterId(key), 'pause', key);
      await gate(key).entered;
      const ticket: Ticket = await client.signalEntity(counterId(key), 'add', 10);
      await refusal(client.processed(ticket, { timeout: 1 }), TimeoutError, 'DE_TIMEOUT');
      await refusal(client.readEntityState(counterId(key), { after: ticket, timeout: 1 }), TimeoutError, 'DE_TIMEOUT');
      gate(key).open();
      await client.processed(ticket);
      expect(await paused).to.equal(0);
      // As text: it came from somewhere else.
      const again = await world().restart();
      const after = JSON.parse(JSON.stringify(ticket)) as string;
      expect((await again.readEntityState(counterId(key), { after })).entityState).to.deep.equal({ value: 11 });
    });

    it('processed() rejects a string that is not a ticket', async () => {
      const client = await world().start([counterIn(form)]);
      await refusal(client.processed('t1.zz'), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      await refusal(
        client.readEntityState(counterId(key), { after: 'yesterday' }),
        InvalidArgumentError,
        'DE_INVALID_ARGUMENT',
      );
    });
  });
}

acceptance('tickets', allSettings, (world) => {
  it('come with typed signals and typed reads', async () => {
    const client = await world().start([Till]);
    const after = await client.signalEntity(Till, 't', (till) => till.take(5));
    const { entityState } = await client.readEntityState(Till, 't', { after, timeout: '2 minutes' });
    expect(entityState?.total).to.equal(5);
  });
});

/** Following an entity's committed states. */
import { expect } from 'chai';
import { InvalidOperationError, UnknownEntityError } from '../../src/errors/index.js';
import { defineActivity, defineOrchestration, Entity, HostStoppedError, Operation } from '../../src/index.js';
import { counterIn, forms } from './counters.js';
import { acceptance, allSettings, hardest, settingsOf } from './variants.js';
import { counterId, failure, fresh, refusal } from './world.js';

class Score {
  points = 0;
  isHigh(): boolean {
    return this.points > 5;
  }
}

@Entity({ effects: 'none' })
class Player {
  score = new Score();

  @Operation() async win(points: number): Promise<void> {
    this.score.points += points;
  }
}

for (const form of forms) {
  acceptance(`watching a ${form} entity`, settingsOf(form), (world) => {
    it('watch yields the present state, each later one that is read in time, and the deletion', async () => {
      const key = fresh('key');
      const client = await world().start([counterIn(form)]);
      await client.callEntity(counterId(key), 'plus', 1);
      const seen: unknown[] = [];
      const steps = ['plus', 'get', 'plus', 'delete', 'plus'];
      for await (const { entityExists, entityState } of client.watch<{ value: number }>(counterId(key))) {
        seen.push(entityExists ? entityState?.value : 'gone');
        // The next change is made after this state was received. An operation that changes nothing gives no new state.
        let step = steps.shift();
        if (step === 'get') {
          await client.callEntity(counterId(key), step);
          step = steps.shift();
        }
        if (step === undefined) break;
        await client.callEntity(counterId(key), step, 1);
      }
      expect(seen).to.deep.equal([1, 2, 3, 'gone', 1]);
    });
  });
}

acceptance('watching', allSettings, (world) => {
  it('watch yields the state of a class as its frozen fields', async () => {
    const client = await world().start([Player]);
    await client.callEntity(Player, 'p', (player) => player.win(7));
    for await (const { entityState } of client.watch(Player, 'p')) {
      expect(entityState?.score.points).to.equal(7);
      expect(Object.isFrozen(entityState?.score)).to.equal(true);
      break;
    }
  });

  it('watch serves several readers, each at its own pace, and begins each iteration with the present state', async () => {
    const key = fresh('key');
    const client = await world().start([counterIn('class')]);
    const states = client.watch<{ value: number }>(counterId(key));
    const quick = states[Symbol.asyncIterator]();
    const slow = states[Symbol.asyncIterator]();
    expect((await quick.next()).value).to.deep.equal({ entityExists: false, entityState: undefined });
    await slow.next();
    for (let i = 1; i <= 3; i++) {
      await client.callEntity(counterId(key), 'plus', 1);
      expect((await quick.next()).value?.entityState).to.deep.equal({ value: i });
    }
    expect((await slow.next()).value?.entityState, 'the newest').to.deep.equal({ value: 3 });
    await quick.return?.();
    await slow.return?.();
    for await (const { entityState } of states) {
      expect(entityState).to.deep.equal({ value: 3 });
      break;
    }
  });

  it('watch ends without an error when its signal is aborted, and with an error when the host stops', async () => {
    const client = await world().start([counterIn('class')]);
    const controller = new AbortController();
    let count = 0;
    for await (const _ of client.watch(counterId('k'), { signal: controller.signal })) {
      count++;
      controller.abort();
    }
    expect(count).to.equal(1);
    const iterator = client.watch(counterId('k'))[Symbol.asyncIterator]();
    await iterator.next();
    const waiting = refusal(iterator.next(), HostStoppedError, 'DE_HOST_STOPPED');
    await world().host.stop();
    await waiting;
  });
});

acceptance('where watching is refused', hardest, (world) => {
  it('unknown names at once; inside an activity it needs a signal', async () => {
    const errors: Error[] = [];
    const watching = defineActivity('Watching', async (_, key: string) => {
      const { client } = world();
      errors.push(await failure(() => client.watch(counterId(key))));
      for await (const { entityExists } of client.watch(counterId(key), { signal: AbortSignal.timeout(240_000) })) {
        return entityExists;
      }
      return undefined;
    });
    const run = defineOrchestration('Run', (context) => context.callActivity(watching, 'k'));
    const client = await world().start([counterIn('class'), watching, run]);
    expect(await (await client.startNew(run)).result()).to.equal(false);
    expect(errors[0]).to.be.instanceOf(InvalidOperationError);
    expect((errors[0] as InvalidOperationError).hint).to.contain('AbortSignal.timeout');
    await refusal(() => client.watch(Player, 'p'), UnknownEntityError, 'DE_UNKNOWN_ENTITY');
  });
});

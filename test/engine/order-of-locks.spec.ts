import { expect } from 'chai';
import { defineOrchestration } from '../../src/functions/define.js';
import { id, list } from './programs.js';
import { World } from './world.js';

interface Section {
  readonly keys: readonly string[];
  readonly name: string;
}

/** Locks these lists, writes its name into the last one, and ends. */
const section = defineOrchestration('Section', async (context, { keys, name }: Section) => {
  const lists = keys.map((key) => id('List', key));
  const held = await context.lock(...lists);
  await context.callEntity(lists.at(-1) as (typeof lists)[0], 'append', name);
  held.release();
});

/** Locks a list until an event comes. */
const holder = defineOrchestration('Holder', async (context, key: string) => {
  const held = await context.lock(id('List', key));
  await context.waitForExternalEvent('end');
  held.release();
});

describe('the order of locks', () => {
  for (const crashing of [false, true]) {
    const when = crashing ? ', also after a crash' : '';
    it(`a section gets its next lock before sections that began later${when}`, async () => {
      const world = new World([list, section, holder]);
      let process = await world.start();
      const { client: before } = process;
      const begun = async (starting: Promise<unknown>) => {
        await world.until(starting);
        await world.pass(10);
      };
      await begun(before.startNew(holder, { instanceId: 'holds-a', input: 'a' }));
      await begun(before.startNew(holder, { instanceId: 'holds-b', input: 'b' }));
      for (const [name, keys] of [
        ['first', ['a', 'b']] as const,
        ['second', ['b']] as const,
        ['third', ['b']] as const,
      ])
        await begun(before.startNew(section, { instanceId: name, input: { keys, name } }));
      if (crashing) {
        process.crash();
        process = await world.start();
      }
      const { client } = process;
      // Only now does the first section ask for its second lock, behind the others.
      await world.until(client.run(holder, 'holds-a').raiseEvent('end'));
      await world.quiet();
      await world.until(client.run(holder, 'holds-b').raiseEvent('end'));
      for (const name of ['first', 'second', 'third']) await world.until(client.run(section, name).result());
      expect(world.state('List', 'b')).to.deep.equal(['first', 'second', 'third']);
      for (const key of ['a', 'b']) expect(world.row(id('List', key))?.meta ?? null).to.equal(null);
    });
  }
});

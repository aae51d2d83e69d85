/** A task hub with rows in each table, among them texts that are easily damaged. */
import { DurableHost, EntityId } from '../../src/index.js';
import { register } from './code.js';
import { quietLogger } from './command-line.js';

/** Texts that a file of lines must keep: separators, controls, directions, pairs. */
export const hostile = {
  __proto__x: '\u2028\u2029\u0000\u001b[2J\u202e',
  'line\nbreak': ['😀', '\ufeff', "'; DROP TABLE"],
};

/** A task hub with something in each table, and no host. */
export async function fill(storage: string, entities = 30): Promise<void> {
  const host = await DurableHost.start({ storage, register, logger: quietLogger });
  const { client } = host;
  try {
    for (let key = 0; key < entities; key++) await client.callEntity(new EntityId('counter', String(key)), 'add', key);
    await client.signalEntity(new EntityId('note', 'hostile'), 'set', hostile, { requestId: 'once' });
    await client.signalEntity(new EntityId('note', 'later'), 'set', 1, {
      scheduledTime: new Date('2100-01-01'),
      name: 'n',
    });
    await client.signalEntity(new EntityId('note', ''), 'set', 'x'.repeat(100_000));
    for (let i = 0; i < 3; i++) await (await client.startNew('Sum', { input: i, tags: { kind: 'test' } })).result();
    await client.startNew('Waits', { instanceId: 'waits' });
    await (await client.startNew('Fails', { instanceId: 'fails' })).result().catch(() => {});
  } finally {
    await host.stop();
  }
}

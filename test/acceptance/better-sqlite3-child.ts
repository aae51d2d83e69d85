/** A host with better-sqlite3 that writes numbers without an end, and sends each one to its parent when it was acknowledged. */
import { defineEntity, DurableHost, EntityId } from '../../src/index.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const log = defineEntity('Log', { effects: 'none' }, (context) => {
  const lines = context.getState<unknown[]>(() => []);
  if (context.operationName === 'write') lines.push(context.getInput());
  return lines;
});
const [, , database, first] = process.argv as [string, string, string, string];
const host = await DurableHost.start({ storage: { type: 'better-sqlite3', database }, register: [log], logger: quiet });
for (let number = Number(first); ; number++) {
  await host.client.callEntity(new EntityId('Log', 'a'), 'write', number);
  process.send!(number);
}

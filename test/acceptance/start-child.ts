/** A host that starts, commits once and stops; then says which files of packages that took. */
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { DurableHost, Entity, Operation } from '../../src/index.js';

@Entity({ effects: 'none' })
class Counter {
  value = 0;

  @Operation()
  add(amount: number): void {
    this.value += amount;
  }
}

const quiet = () => {};
const host = await DurableHost.start({
  storage: process.argv[2] as string,
  register: [Counter],
  logger: { debug: quiet, info: quiet, warn: quiet, error: (fields, message) => console.error(message, fields) },
});
await host.client.signalEntity(Counter, 'first', (counter) => counter.add(1));
await host.stop();
// CommonJS, and what was loaded with `require`: nobody can see an imported ES module.
const files = Object.keys(createRequire(import.meta.url).cache);
process.send!(files.map((file) => file.replaceAll('\\', '/').split('/node_modules/').at(-1)));
process.disconnect();

/**
 * Program that starts hosts in strict mode, ends them, and prints after each step whether the functions of the platform are its own. A
 * process of its own: in the process of the tests a watch lasts from the first test to the last one.
 */
import 'reflect-metadata';
import { StoreBrokenError } from '../../src/engines/sql/ports/store-errors.js';
import { defineEntity, DurableHost, EntityId } from '../../src/index.js';
import { MemoryDatabase } from '../../src/storage/memory/memory-database.js';
import { MemoryStore } from '../../src/storage/memory/memory-store.js';
import { TestHost } from '../../src/testing/index.js';
import { platformFunctions } from './platform-functions.js';

const counter = defineEntity('Counter', { effects: 'none' }, () => 1);
const before = platformFunctions();
const steps: Record<string, boolean> = {};
const note = (step: string) => {
  const now = platformFunctions();
  steps[step] = now.every((each, index) => each === before[index]);
};
note('before');
const storage = '/proc/no/such/folder/durable.db';
const refused = await DurableHost.start({ storage, register: [], strict: 'warn' }).catch(() => undefined);
if (refused !== undefined) throw new Error('A host started in a folder that does not exist');
note('failed start');
const first = await TestHost.start({ register: [], strict: 'warn' });
const second = await DurableHost.start({ storage: ':memory:', register: [], strict: 'error' });
note('two hosts');
const next = await first.crash();
await next.stop();
note('one host');
await second.stop();
await second.stop();
note('after');

const store = new MemoryStore(new MemoryDatabase());
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const broken = await DurableHost['startOn'](() => store, { register: [counter], strict: 'warn', logger });
steps['before the failure'] = Date.now === before[1];
store.commit = () => Promise.reject(new StoreBrokenError('The disk failed.'));
await broken.client.signalEntity(new EntityId('Counter', 'a'), 'add').catch(() => undefined);
await broken.client.signalEntity(new EntityId('Counter', 'a'), 'add').catch(() => undefined);
steps['failed'] = broken.role === 'failed';
note('failed host');
await broken.stop();
note('failed and stopped host');

const last = await TestHost.start({ register: [], strict: 'warn' });
const original = Math.random;
const fake = () => 0.5;
steps['wrapped'] = original !== before[2];
Math.random = fake;
await last.stop();
steps['fake kept'] = Math.random === fake;
console.log(JSON.stringify(steps));

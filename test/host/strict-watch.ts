/**
 * Program that starts hosts in strict mode, ends them, and prints after each step whether the functions of the platform are its own. A
 * process of its own: in the process of the tests a watch lasts from the first test to the last one.
 */
import 'reflect-metadata';
import { DurableHost } from '../../src/index.js';
import { TestHost } from '../../src/testing/index.js';
import { platformFunctions } from './platform-functions.js';

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

const last = await TestHost.start({ register: [], strict: 'warn' });
const original = Math.random;
const fake = () => 0.5;
steps['wrapped'] = original !== before[2];
Math.random = fake;
await last.stop();
steps['fake kept'] = Math.random === fake;
console.log(JSON.stringify(steps));

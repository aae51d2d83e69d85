/**
 * Program that starts two hosts in strict mode, ends them, and prints after each step whether the functions of the platform are its own. A
 * process of its own: in the process of the tests other hosts may still run.
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
const first = await TestHost.start({ register: [], strict: 'warn' });
const second = await DurableHost.start({ storage: ':memory:', register: [], strict: 'error' });
note('two hosts');
const next = await first.crash();
await next.stop();
note('one host');
await second.stop();
await second.stop();
note('after');
console.log(JSON.stringify(steps));

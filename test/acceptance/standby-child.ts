/** A host in a process of its own, to be killed or stopped: prints its role whenever it changes, and counts what it runs. */
import { defineEntity, DurableHost } from '../../src/index.js';

const [storage, name] = process.argv.slice(2) as [string, string];
const quiet = () => {};

export const log = defineEntity('Log', { effects: 'none' }, (context) => {
  const lines = context.getState<string[]>(() => []);
  if (context.operationName === 'get') return lines;
  lines.push(`${name}:${context.getInput<string>()}`);
  return lines.length;
});

const host = await DurableHost.start({
  storage,
  register: [log],
  leaseDuration: '2s',
  stallLimit: 'off',
  logger: { debug: quiet, info: quiet, warn: quiet, error: (fields, message) => console.error(message, fields) },
});
let role = '';
setInterval(() => {
  if (host.role === role) return;
  role = host.role;
  process.stdout.write(`${role}\n`);
}, 5);
process.on('SIGTERM', () => void host.stop().then(() => process.exit(0)));

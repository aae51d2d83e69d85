/** `npm run test:long`: runs the test files that ask for an amount of repetitions (`amount.ts`), with the larger one. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const specs = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.spec.js'))
  .map((file) => join(import.meta.dirname, file))
  .filter((file) => /\/(amount|every-access|settings)\.js'/.test(readFileSync(file, 'utf8')))
  .map((file) => relative(root, file));
const { status } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...specs], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, DURABLE_TEST_LONG: '1' },
});
process.exitCode = status ?? 1;

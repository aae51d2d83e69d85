import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { rolldown } from 'rolldown';
import { defineOrchestration, DurableHost } from '../../src/index.js';
import { migrations as mysql } from '../../src/storage/typeorm/mysql/migrations/index.js';
import { migrations as postgres } from '../../src/storage/typeorm/postgres/migrations/index.js';
import { migrations as sqlite } from '../../src/storage/typeorm/sqlite/migrations/index.js';

const root = resolve(import.meta.dirname, '../../..');

/** A program that runs one orchestration on a file, strictly, and prints what its host logs. */
const program = `
import 'reflect-metadata';
import { defineOrchestration, DurableHost } from ${JSON.stringify(join(root, 'dist/src/index.js'))};
const lines = [];
const log = (fields, message) => void lines.push(message);
const echo = defineOrchestration('Echo', async (context, input) => {
  await context.createTimer(1);
  return input;
});
const host = await DurableHost.start({
  storage: process.argv[2], register: [echo], strict: 'error', logger: { debug: log, info: log, warn: log, error: log },
});
const result = await (await host.client.startNew(echo, { instanceId: 'from the bundle', input: 7 })).result();
await host.stop();
console.log(JSON.stringify({ result, lines }));
`;

describe('a program that a bundler minified', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-minified-'));
    writeFileSync(join(folder, 'main.js'), program);
    // The peers stay outside of the bundle.
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  after(() => rm(folder, { recursive: true }));

  it('makes the tables under the names that other programs know, runs, and tells that strict mode does not watch', async () => {
    const build = await rolldown({
      input: join(folder, 'main.js'),
      platform: 'node',
      external: (id) => !/^[./]/.test(id),
      logLevel: 'silent',
    });
    await build.write({ dir: join(folder, 'out'), format: 'esm', minify: true, entryFileNames: 'main.mjs' });
    await build.close();
    const file = join(folder, 'hub.db');
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'out/main.mjs'), file]);
    const { result, lines } = JSON.parse(stdout) as { result: unknown; lines: readonly string[] };
    expect(result).to.equal(7);
    expect(lines.filter((line) => line.includes('bundled program'))).to.have.length(1);
    const echo = defineOrchestration('Echo', async (_context, input: number) => input);
    await using host = await DurableHost.start({ storage: file, register: [echo] });
    expect(await host.client.run(echo, 'from the bundle').result()).to.equal(7);
  });

  it('has migrations that name themselves, each with the time of its file', async () => {
    for (const [kind, migrations] of Object.entries({ mysql, postgres, sqlite })) {
      const files = await readdir(join(root, 'src/storage/typeorm', kind, 'migrations'));
      const times = files.flatMap((file) => /^\d+(?=-)/.exec(file) ?? []);
      expect(
        migrations.map(({ name }) => /\d+$/.exec(name)?.[0]),
        kind,
      ).to.have.members(times);
      for (const migration of migrations)
        expect(Object.getOwnPropertyDescriptor(migration, 'name')?.enumerable, migration.name).to.equal(true);
    }
  });
});

/**
 * `npm run test:package`: packs the library, installs the tarball into an empty project together with its peers, and uses it there
 * from TypeScript, from plain ES modules, from CommonJS, and with some cases of the compatibility table. With `--toolchains` it runs all
 * cases of the table, and writes `docs/compatibility.md`.
 */
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectEqual, installPacked, manifest, root, type Consumer } from './consumer.js';
import {
  checkEntriesAndTypes,
  checkLinks,
  checkMainEntry,
  checkSizes,
  checkStacks,
  checkStart,
} from './published-form.js';
import { followQuickStart } from './quick-start.js';
import { writePage } from './toolchains/page.js';
import { runToolchains, toolchainCases } from './toolchains/run.js';

const typescript = `
import 'reflect-metadata';
import { DurableHost, Entity, defineOrchestration, entityInterface } from 'durable-entities';
import { defineEntity } from 'durable-entities/functions';

interface ICounter { add(amount: number): void; get(): Promise<number> }
const ICounter = entityInterface<ICounter>('ICounter', { add: 'signal', get: 'call' });

@Entity({ implements: [ICounter], effects: 'none' })
class Counter implements ICounter {
  value = 0;
  add(amount: number): void { this.value += amount; }
  async get(): Promise<number> { return this.value; }
}
const last = defineEntity('Last', { effects: 'none' }, (context) => {
  if (context.operationName === 'set') context.setState(context.getInput<string>());
  return context.getState<string>();
});
const sum = defineOrchestration('Sum', async (context, keys: string[]): Promise<number> => {
  let total = 0;
  for (const key of keys) total += await context.createEntityProxy(ICounter, key).get();
  return total;
});

const host = await DurableHost.start({ storage: process.argv[2] ?? ':memory:', register: [Counter, last, sum] });
const { client } = host;
await client.signalEntity(ICounter, 'a', (counter) => counter.add(40));
await client.signalEntity(ICounter, 'b', (counter) => counter.add(2));
const total = await (await client.startNew(sum, { input: ['a', 'b'] })).result();
const { entityState } = await client.readEntityState(Counter, 'a');
const value: number | undefined = entityState?.value;
console.log(JSON.stringify({ total, value }));
await host.stop();
`;

/** A library of entities: `declaration: true` must find a name for everything that these exports infer. */
const exported = `
import 'reflect-metadata';
import {
  Activity, DurableHost, Entity, EntityId, Operation, Orchestration, TaskEntity,
  defineActivity, defineEntity, defineOrchestration, entityInterface,
  type ActivityContext, type DurableClient, type EntityContext, type OrchestrationContext, type RunHandle,
} from 'durable-entities';

export interface IPurse { add(cents: number): void; cents(): Promise<number> }
export const IPurse = entityInterface<IPurse>('IPurse', { add: 'signal', cents: 'call' });

@Entity({ implements: [IPurse], effects: 'none' })
export class Purse implements IPurse {
  held = new Map<string, number>();
  get current() { return Entity.current; }
  add(cents: number): void { this.held.set('cents', cents); }
  async cents(): Promise<number> { return this.held.get('cents') ?? 0; }
}
@Entity()
export class Basket extends TaskEntity<{ items: string[] }> {
  protected override initializeState() { return { items: [] }; }
  @Operation() async size() { return this.state.items.length; }
}
@Activity() export class Charge { async run(context: ActivityContext, cents: number) { return context.activityName + cents; } }
@Orchestration() export class Saga { async run(context: OrchestrationContext, cents: number) { return context.callActivity(Charge, cents); } }

export const last = defineEntity('Last', { effects: 'none' }, (context) => context.getState(() => [new Date(0)]));
export const charge = defineActivity('ChargeByName', async (context, cents: number) => ({ at: new Date(0), cents, from: context.instanceId }));
export const sum = defineOrchestration('Sum', async (context, keys: string[]) => context.callActivity(charge, keys.length));
export const steps = defineOrchestration('Steps', function* (context): Generator<unknown, number> { yield context.createTimer('1s'); return 1; });
export const everything = [last, charge, sum, steps, Purse, Basket, Saga];

export const proxyOf = (context: OrchestrationContext, key: string) => context.createEntityProxy(IPurse, key);
export const timerOf = (context: OrchestrationContext) => context.createTimer('1s');
export const sectionOf = (context: OrchestrationContext) => context.lock(new EntityId('Purse', 'a'));
export const logOf = (context: OrchestrationContext) => context.log;
export const contextOf = (context: EntityContext) => ({ signalEntity: context.signalEntity, getState: context.getState });
export const methodsOf = (context: OrchestrationContext) => ({ callActivity: context.callActivity, start: context.startNewOrchestration });
export const readPurse = (client: DurableClient, key: string) => client.readEntityState(Purse, key);
export const startSum = (client: DurableClient) => client.startNew(sum, { input: ['a'] });
export const statusOf = async (client: DurableClient) => (await startSum(client)).status();
export const lettersOf = (client: DurableClient) => client.deadLetters();
export const purses = (client: DurableClient) => client.queryEntities({ name: 'Purse', includeState: true });
export const runs = async (client: DurableClient) => { for await (const page of client.queryRuns().pages()) return page; };
export const entityStatus = (client: DurableClient) => client.entityStatus(new EntityId('Purse', 'a'));
export const clientMethods = (client: DurableClient) => ({ signal: client.signalEntity, call: client.callEntity, start: client.startNew, query: client.queryEntities, runs: client.queryRuns, purge: client.purgeRuns });
export const runMethods = (run: RunHandle) => ({ restart: run.restart, wait: run.waitForStatus, raise: run.raiseEvent });
export const startHost = () => DurableHost.start({ storage: ':memory:', register: everything });
export const optionsOf = () => ({ start: DurableHost.start, define: defineOrchestration, entity: defineEntity, activity: defineActivity });
export const entityNamed = (name: string) => Entity({ name, effects: 'none' });
`;

/** Catches by class, by code, and by the entry for errors. */
const errors = `
import { DurableError, UnknownOperationError } from 'durable-entities';
import { InvalidArgumentError, UnknownOperationError as same, type RetryAdvice } from 'durable-entities/errors';
import type { EntityToken, OrchestrationSteps } from 'durable-entities/functions';
import { IPurse, startHost, sum } from './library.js';

export function* twice(): OrchestrationSteps<number> { return 2; }
export const token: EntityToken<IPurse> = IPurse;
const host = await startHost();
const caught: unknown[] = [];
await host.client.startNew(sum, { instanceId: '@no' } as never).catch((error: unknown) => {
  if (error instanceof InvalidArgumentError && error instanceof DurableError) {
    const retry: RetryAdvice = error.retry;
    caught.push(error.code, retry, UnknownOperationError === same);
  }
});
await host.stop();
console.log(JSON.stringify(caught));
`;

/** The server for HTTP. hono and zod are not installed here: what it needs of them is in the package. */
const overHttp = `
import { DurableHost } from 'durable-entities';
import { createHandler, serve, type DurableHandler, type DurableServer } from 'durable-entities/http';
import { last } from './library.js';

const host = await DurableHost.start({ storage: ':memory:', register: [last] });
const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
export const handler: DurableHandler = createHandler({ client: host.client, prefix: '/durable', writes: true });
const server: DurableServer = await serve({ client: host.client, port: 0, writes: true, logger });
const headers = { 'content-type': 'application/json', 'x-durable-entities': '1' };
const body = JSON.stringify({ operation: 'any' });
const answer = await fetch(server.url + '/api/v1/entities/last/a/call', { method: 'POST', headers, body });
const description = await (await fetch(server.url + '/api/v1/openapi.json')).json() as { openapi: string };
console.log(JSON.stringify([answer.status, description.openapi]));
await server.close();
await host.stop();
`;

const plain = (load: string) => `${load}
async function main() {
  const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
    const value = context.getState(() => 0);
    if (context.operationName === 'add') context.setState(value + context.getInput());
    return context.getState();
  });
  const host = await DurableHost.start({ storage: process.argv[2], register: [counter] });
  const id = new EntityId('Counter', 'game1');
  await host.client.signalEntity(id, 'add', 41);
  console.log(JSON.stringify(await host.client.callEntity(id, 'add', 1)));
  await host.stop();
}
main();
`;

const misuse = `
import { DurableHost } from 'durable-entities';
await DurableHost.start({ storage: ':memory:', register: [class Plain {}] }).catch((error) =>
  console.log(JSON.stringify([error.name, error.code, error.message.includes('Plain'), error.hint.length > 0])));
`;

/** Strict mode distinguishes the calls of the program from those of the package, whose files are joined. */
const watched = `
import { DurableHost, defineOrchestration } from 'durable-entities';
const clocked = defineOrchestration('Clocked', async () => Date.now());
const host = await DurableHost.start({ storage: ':memory:', register: [clocked], strict: 'error', logger: { debug() {}, info() {}, warn() {}, error() {} } });
const run = await host.client.startNew(clocked, { instanceId: 'a' });
await run.result().catch((error) => console.log(JSON.stringify([error.cause.code, error.cause.site.includes('watched.mjs:3')])));
await host.stop();
`;

/** What is bundled has no imports left, and its licences are told. The main entry loads none of it. */
function checkBundle({ project }: Consumer): void {
  const installed = join(project, 'node_modules/durable-entities');
  const vendor = readFileSync(join(installed, 'dist/src/http/vendor.js'), 'utf8');
  expectEqual('imports of the bundle', vendor.match(/\bfrom ?["'][^"']+["']/g), null);
  const notices = readFileSync(join(installed, 'NOTICES.txt'), 'utf8');
  const named = Array.from(notices.matchAll(/^([\w@/-]+) [\d.]+ \((.*)\)$/gm), ([, name, licence]) => [name, licence]);
  expectEqual('notices', named, [
    ['@stricli/core', 'Apache-2.0'],
    ['ansi-regex', 'MIT'],
    ['ansi-regex', 'MIT'],
    ['cli-progress', 'MIT'],
    ['emoji-regex', 'MIT'],
    ['get-east-asian-width', 'MIT'],
    ['hono', 'MIT'],
    ['is-fullwidth-code-point', 'MIT'],
    ['string-width', 'MIT'],
    ['string-width', 'MIT'],
    ['strip-ansi', 'MIT'],
    ['strip-ansi', 'MIT'],
    ['zod', 'MIT'],
  ]);
  const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
  const modules = readdirSync(join(installed, 'dist/src'), { recursive: true, encoding: 'utf8' });
  expectEqual('files are joined', modules.filter((file) => file.endsWith('.js')).length < 150, true);
  expectEqual(
    'source maps',
    files.filter((file) => file.endsWith('.map')),
    [],
  );
}

/** The sample with vitest, as it stands: checked and run against the packed library. */
function runVitestSample({ project, run }: Consumer): void {
  const sample = join(root, 'samples/testing-vitest');
  const copy = join(project, 'testing-vitest');
  const { devDependencies } = JSON.parse(readFileSync(join(sample, 'package.json'), 'utf8')) as typeof manifest;
  const startedMs = performance.now();
  try {
    run('npm', ['install', '--silent', '--prefer-offline', `vitest@${devDependencies['vitest']}`]);
  } catch (cause) {
    throw new Error('vitest could not be installed from the registry: the sample with vitest did NOT run', { cause });
  }
  const installedMs = performance.now();
  cpSync(sample, copy, { recursive: true });
  run('npx', ['tsc', '--noEmit', '-p', '.'], copy);
  const report = JSON.parse(run('npx', ['vitest', 'run', '--reporter=json'], copy)) as Record<string, number>;
  const { numPassedTests: passed, numTotalTests: total } = report;
  expectEqual('the sample with vitest', { passed, total }, { passed: 6, total: 6 });
  const seconds = (ms: number) => (ms / 1_000).toFixed(1);
  console.log(
    `  vitest: ${seconds(installedMs - startedMs)} s to install, ${seconds(performance.now() - installedMs)} s to check and run`,
  );
}

/** The programs above, in a project into which the packed library is installed. */
async function checkPackage(consumer: Consumer): Promise<void> {
  const { project, run } = consumer;
  const packed = readdirSync(join(project, 'node_modules/durable-entities'));
  expectEqual('what is in the package', packed.sort(), [
    'CHANGELOG.md',
    'LICENSE',
    'NOTICES.txt',
    'README.md',
    'SECURITY.md',
    'dist',
    'docs',
    'package.json',
  ]);

  writeFileSync(join(project, 'main.ts'), typescript);
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'ES2022',
        module: 'NodeNext',
        strict: true,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        types: ['node'],
        declaration: true,
        outDir: 'out',
      },
      include: ['main.ts', 'library.ts', 'errors.ts', 'over-http.ts'],
    }),
  );
  writeFileSync(join(project, 'library.ts'), exported);
  writeFileSync(join(project, 'errors.ts'), errors);
  writeFileSync(join(project, 'over-http.ts'), overHttp);
  run('npx', ['tsc', '-p', '.']);
  const declared = readFileSync(join(project, 'out/library.d.ts'), 'utf8');
  const named = new Set(
    Array.from(declared.matchAll(/["'](durable-entities[^"']*)["']/g), ([, name]) => name as string),
  );
  expectEqual('entries that declaration files name', [...named].sort(), [
    'durable-entities',
    'durable-entities/client',
    'durable-entities/functions',
  ]);
  expectEqual('TypeScript', JSON.parse(run('node', ['out/main.js', 'ts.db'])), { total: 42, value: 40 });

  expectEqual('errors', JSON.parse(run('node', ['out/errors.js'])), ['DE_INVALID_ARGUMENT', 'never', true]);

  expectEqual('HTTP', JSON.parse(run('node', ['out/over-http.js'])), [200, '3.1.0']);
  checkBundle(consumer);
  checkSizes(consumer);
  checkLinks(consumer);
  await checkMainEntry(consumer);
  checkStacks(consumer);
  checkStart(consumer);
  checkEntriesAndTypes(consumer);
  const command = join(project, 'node_modules/durable-entities/dist/src/cli/main.js');
  expectEqual('command line', run('node', [command, '--version']).trim(), '0.1.0');

  writeFileSync(
    join(project, 'esm.mjs'),
    plain(`import { DurableHost, EntityId, defineEntity } from 'durable-entities';`),
  );
  expectEqual('plain ES module', JSON.parse(run('node', ['esm.mjs', 'esm.db'])), 42);
  expectEqual('again on the same file', JSON.parse(run('node', ['esm.mjs', 'esm.db'])), 84);

  writeFileSync(
    join(project, 'cjs.cjs'),
    plain(`const { DurableHost, EntityId, defineEntity } = require('durable-entities');`),
  );
  expectEqual('CommonJS', JSON.parse(run('node', ['cjs.cjs', 'cjs.db'])), 42);

  writeFileSync(join(project, 'misuse.mjs'), misuse);
  expectEqual('a mistake', JSON.parse(run('node', ['misuse.mjs'])), [
    'RegistrationError',
    'DE_REGISTRATION',
    true,
    true,
  ]);
  writeFileSync(join(project, 'watched.mjs'), watched);
  expectEqual('strict mode', JSON.parse(run('node', ['watched.mjs'])), ['DE_NOT_REPLAYABLE', true]);
  followQuickStart(consumer);
  runVitestSample(consumer);
}

const given = process.argv.slice(2);
if (given.some((each) => each !== '--toolchains')) {
  console.error('Usage: npm run test:package [-- --toolchains]');
  process.exit(2);
}
const consumer = installPacked();
try {
  if (given.length > 0) {
    writePage(runToolchains(consumer, toolchainCases));
    console.log(`1 passed, 0 failed: ${toolchainCases.length} cases are in docs/compatibility.md`);
  } else {
    await checkPackage(consumer);
    runToolchains(
      consumer,
      toolchainCases.filter(({ inSlice }) => inSlice),
    );
    console.log('1 passed, 0 failed');
  }
} finally {
  rmSync(consumer.project, { recursive: true, force: true });
}

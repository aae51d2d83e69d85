/** What `DurableHost.start` is given. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sqlite3 from 'sqlite3';
import { DurableHost, type DurableHostOptions } from '../../../src/index.js';
import { World } from '../world.js';
import { answerOf, good, objection, within, type Told } from './proof.js';
import * as bad from './values.js';

const argument = 'DE_INVALID_ARGUMENT';
const { logger } = new World({ storage: 'memory', evict: false });

async function started(options: unknown): Promise<Told | 'accepted'> {
  return answerOf(async () => {
    const host = await DurableHost.start(options as DurableHostOptions);
    await within('the stop', host.stop());
  });
}

async function refused(
  values: readonly bad.Bad[],
  code: string,
  optionsOf: (value: unknown) => unknown,
): Promise<void> {
  const objections: string[] = [];
  for (const value of values) {
    const problem = objection(await started(optionsOf(value.make())), code);
    if (problem !== undefined) objections.push(`${value.what}: ${problem}`);
  }
  expect(objections).to.deep.equal([]);
}

const notCounts: readonly bad.Bad[] = bad.notVersions;
const notContainers = [...bad.notTexts, { what: 'a text', make: () => 'text' }];
const options: Readonly<Record<string, readonly bad.Bad[]>> = {
  register: [{ what: 'missing', make: () => undefined }, ...bad.notTexts, { what: 'a text', make: () => 'text' }],
  container: notContainers,
  leaseDuration: [...bad.notDurations, { what: 'shorter than a second', make: () => 999 }],
  stopTimeout: bad.notDurations,
  intakeTimeout: bad.notDurations,
  stallLimit: [
    ...bad.notDurations,
    { what: 'shorter than a second', make: () => 999 },
    { what: "'on'", make: () => 'on' },
  ],
  logger: [...notContainers, { what: 'one that lacks a level', make: () => ({ info() {}, warn() {}, error() {} }) }],
  onSignalFailed: notContainers.filter(({ what }) => !what.includes('function')),
  maxConcurrentActivities: notCounts,
  maxConcurrentExternal: notCounts,
  maxIdleInstances: notCounts,
  maxIdleBytes: notCounts,
  limits: [
    ...bad.notOptions,
    bad.throwingOption('inputBytes'),
    { what: 'with an unknown one', make: () => ({ bytes: 1 }) },
  ],
  evictAfterEachTurn: notContainers.filter(({ what }) => what !== 'true'),
};

describe('bad input to a host is refused when it starts', () => {
  it('options: DE_INVALID_ARGUMENT', () =>
    refused(
      [{ what: 'missing', make: () => undefined }, ...bad.notOptions, bad.throwingOption('register')],
      argument,
      (all) => all,
    ));

  for (const [option, values] of Object.entries(options)) {
    it(`${option}: DE_INVALID_ARGUMENT`, () =>
      refused(values, argument, (value) => ({ storage: ':memory:', register: good, logger, [option]: value })));
  }

  for (const limit of ['inputBytes', 'stateBytes', 'historyBytes', 'turnMessages', 'turnBytes']) {
    it(`limits.${limit}: DE_INVALID_ARGUMENT`, () =>
      refused(notCounts, argument, (value) => ({
        storage: ':memory:',
        register: good,
        logger,
        limits: { [limit]: value },
      })));
  }

  it('an unknown option: DE_INVALID_ARGUMENT, and the nearest one is offered', async () => {
    const answer = await started({ storage: ':memory:', register: good, leaseduration: '5s' });
    expect(objection(answer, argument)).to.equal(undefined);
    expect((answer as Told).hint).to.contain('leaseDuration');
  });

  it('an invalid storage gives DE_INVALID_ARGUMENT', () =>
    refused(
      [
        { what: 'missing', make: () => undefined },
        { what: 'the empty text', make: () => '' },
        { what: 'a path with NUL', make: () => 'a\0b' },
        { what: 'an array', make: () => [] },
        { what: 'a SQLite file without a path', make: () => ({ type: 'sqlite' }) },
        { what: 'a SQLite file whose path is a number', make: () => ({ type: 'sqlite', database: 5 }) },
        ...bad.notTexts.filter(({ what }) => !what.startsWith('an object')),
      ],
      argument,
      (storage) => ({ storage, register: good, logger }),
    ));

  it('storage of a type that is not supported: DE_STORAGE', () =>
    refused(
      [
        { what: 'oracle', make: () => ({ type: 'oracle' }) },
        { what: 'no type', make: () => ({}) },
        { what: 'a type that is a bigint', make: () => ({ type: 5n }) },
        { what: 'a type of every object', make: () => ({ type: 'constructor' }) },
      ],
      'DE_STORAGE',
      (storage) => ({ storage, register: good, logger }),
    ));

  it('long times are as good as any', async () => {
    for (const time of ['10000 days', 8.64e15]) {
      const answer = await started({
        storage: ':memory:',
        register: good,
        logger,
        leaseDuration: time,
        stopTimeout: time,
        intakeTimeout: time,
        stallLimit: 'off',
      });
      expect(answer, String(time)).to.equal('accepted');
    }
  });
});

describe('a database that cannot be used is refused, and left as it was', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-bad-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const open = (path: string) => started({ storage: path, register: good, logger });

  async function workingThere(): Promise<string> {
    const path = join(folder, 'hub.db');
    expect(await open(path)).to.equal('accepted');
    return path;
  }

  function sql(path: string, statement: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(path, (failed) => {
        if (failed !== null) return reject(failed);
        database.exec(statement, (error) => database.close(() => (error === null ? resolve() : reject(error))));
      });
    });
  }

  it('in no folder', async () => {
    expect(objection(await open(join(folder, 'no/such/hub.db')), 'DE_STORAGE')).to.equal(undefined);
  });

  it('that is a folder', async () => {
    expect(objection(await open(folder), 'DE_STORAGE')).to.equal(undefined);
  });

  it('whose folder is a file', async () => {
    await writeFile(join(folder, 'file'), 'text');
    expect(objection(await open(join(folder, 'file/hub.db')), 'DE_STORAGE')).to.equal(undefined);
  });

  it('that is something else', async () => {
    const path = join(folder, 'letter.txt');
    const letter = 'Dear Ann, '.repeat(1_000);
    await writeFile(path, letter);
    expect(objection(await open(path), 'DE_STORAGE')).to.equal(undefined);
    expect(await readFile(path, 'utf8')).to.equal(letter);
  });

  it('that a newer version has made', async () => {
    const path = await workingThere();
    await sql(path, 'UPDATE de_task_hub SET schema_version = 9, min_reader = 8');
    expect(objection(await open(path), 'DE_STORAGE_NEWER')).to.equal(undefined);
  });

  it('the same storage path works once it is repaired', async () => {
    const path = join(folder, 'later/hub.db');
    expect(objection(await open(path), 'DE_STORAGE')).to.equal(undefined);
    await mkdir(join(folder, 'later'));
    expect(await open(path)).to.equal('accepted');
  });
});

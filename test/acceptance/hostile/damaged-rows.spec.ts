/** Rows that a person, a bug or a later version has damaged: typed errors report them, and other instances continue. */
import { expect } from 'chai';
import sqlite3 from 'sqlite3';
import {
  DurableHost,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  Operation,
  type DurableClient,
} from '../../../src/index.js';
import { answerOf, objection, within } from '../bad-input/proof.js';
import { World } from '../world.js';

const box = defineEntity('Box', { effects: 'none' }, (context) => {
  if (context.operationName === 'set') return context.setState(context.getInput());
  if (context.operationName === 'delete') return context.deleteState();
  return context.getState();
});

@Entity({ effects: 'none' })
class Shelf {
  books = 1;
  labels = new Map<string, Date>();
  @Operation() async add(): Promise<number> {
    return ++this.books;
  }
}

const asker = defineOrchestration('Asker', async (context) => {
  const value = await context.callEntity(new EntityId('Box', 'asked'), 'get');
  await context.waitForExternalEvent('end');
  return value;
});
const register = [box, Shelf, asker];

/** The instances that one value damages. */
interface Victims {
  readonly box: EntityId;
  readonly shelf: EntityId;
  readonly run: string;
}

function victims(name: string): Victims {
  return { box: new EntityId('Box', name), shelf: new EntityId('Shelf', name), run: name };
}

/** Makes the instances that will be damaged. */
async function prepare(client: DurableClient, { box, shelf, run }: Victims): Promise<void> {
  await client.callEntity(box, 'set', { kept: 1 });
  await client.callEntity(Shelf, shelf.key, (each) => each.add());
  const waiting = await client.startNew(asker, { instanceId: run });
  await waiting.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'running');
  await client.callEntity(box, 'get', undefined, { requestId: 'once' });
}

/** Values that damage rows. */
interface Damage {
  readonly values: readonly (readonly [what: string, value: unknown])[];
  /** The first parameter is the value, the second one the id that `target` gives. */
  readonly statement: string;
  readonly target: (victims: Victims) => string;
}

/** A text under the name of its beginning. */
function named(text: string): readonly [what: string, value: unknown] {
  return [text.slice(0, 40) || 'the empty text', text];
}

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of items) all.push(each);
  return all;
}

const one = victims('bad');
const bad = one.box;

/** Runs SQL on the file as somebody else. */
function sql(file: string, statement: string, values: readonly unknown[] = []): Promise<void> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, (failed) => {
      if (failed !== null) return reject(failed);
      database.configure('busyTimeout', 5_000);
      database.run(statement, values, (error) => database.close(() => (error === null ? resolve() : reject(error))));
    });
  });
}

async function neighboursWork(client: DurableClient): Promise<void> {
  const near = new EntityId('Box', 'near');
  await within('a signal', client.signalEntity(near, 'set', 5));
  expect(await within('a call', client.callEntity(near, 'get'))).to.equal(5);
  expect(
    await within(
      'a typed call',
      client.callEntity(Shelf, 'near', (shelf) => shelf.add()),
    ),
  ).to.be.greaterThan(1);
  const run = await within('a start', client.startNew(asker));
  await within('an event', run.raiseEvent('end'));
  await within('a run', run.result());
}

/** Typed, whatever it says. */
async function refusedOrDone(what: string, attempt: () => unknown): Promise<void> {
  const answer = await answerOf(attempt);
  if (answer === 'accepted') return;
  expect(objection(answer, String(answer.code)), `${what}: ${answer.message}`).to.equal(undefined);
}

async function expectCode(attempt: () => unknown, code: string): Promise<void> {
  expect(objection(await answerOf(attempt), code)).to.equal(undefined);
}

/** `'while it runs'`: the host reads anew what it uses, for it keeps nothing in memory. */
for (const when of ['between two hosts', 'while the host runs'] as const) {
  describe(`a row that was damaged ${when}`, () => {
    let world: World;
    beforeEach(() => {
      world = new World({ storage: 'sqlite', evict: true });
    });
    afterEach(() => within('the stop', world.end()));

    /** A host after this damage. */
    async function damaged(statement: string, values: readonly unknown[] = []): Promise<DurableClient> {
      return hostAfter([one], (file) => sql(file, statement, values));
    }

    async function hostAfter(all: readonly Victims[], damage: (file: string) => Promise<void>): Promise<DurableClient> {
      const client = await world.start(register);
      for (const each of all) await prepare(client, each);
      if (when === 'between two hosts') await world.host.stop();
      await damage(await world.file());
      return when === 'between two hosts' ? world.start(register) : client;
    }

    /**
     * A test in which each value damages instances of its own on one host. After each value the neighbours work, and an objection names its
     * value.
     */
    function eachValue(
      title: string,
      { values, statement, target }: Damage,
      prove: (client: DurableClient, victims: Victims) => Promise<void>,
    ): void {
      it(title, async () => {
        const all = values.map(([, value], index) => ({
          value,
          victims: victims(`bad${String(index).padStart(2, '0')}`),
        }));
        const client = await hostAfter(
          all.map((each) => each.victims),
          async (file) => {
            for (const each of all) await sql(file, statement, [each.value, target(each.victims)]);
          },
        );
        const objections: string[] = [];
        for (const [index, [what]] of values.entries()) {
          try {
            await prove(client, all[index]!.victims);
            await neighboursWork(client);
          } catch (error) {
            objections.push(`${what}: ${String(error).slice(0, 500)}`);
          }
        }
        expect(objections).to.deep.equal([]);
        expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
      });
    }

    const states: Readonly<Record<string, unknown>> = {
      'no JSON': '{broken',
      'the empty text': '',
      'bytes that are no text': Buffer.from([0, 255, 254, 0x80]),
      'a number': 5,
      'JSON of a text': '"text"',
      'JSON of null': 'null',
      'JSON of a list': '[1,2]',
      'a kind of value that a later version wrote': '{"$de":"Temporal","v":1}',
      'a tag without content': '{"$de":"Map"}',
      'a Map that is none': '{"$de":"Map","v":{"a":1}}',
      'a Set that is none': '{"$de":"Set","v":5}',
      'a Date that is none': '{"$de":"Date","v":"soon"}',
      'a bigint that is none': '{"$de":"bigint","v":"many"}',
      'an EntityId that is none': '{"$de":"EntityId","v":"nobody"}',
      'an Error that is none': '{"$de":"Error","v":null}',
      'a wrapped object that is none': '{"$de":"object","v":null}',
      'a version that is none': '{"$de":"version","v":"x"}',
      'fields of the wrong kind': '{"books":{"a":[]},"labels":5}',
      'a prototype': '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      'nested 100,000 deep': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      'nested 100,000 deep in objects': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      '5 MB': `"${'x'.repeat(5_000_000)}"`,
    };
    const boxOf = ({ box }: Victims) => box.toString();
    const runOf = ({ run }: Victims) => run;
    const setState = 'UPDATE de_instance SET state = ? WHERE id = ?';

    eachValue(
      'the state of a function entity is read or refused, and can be written over',
      { values: Object.entries(states), statement: setState, target: boxOf },
      async (client, { box }) => {
        await refusedOrDone('call', () => client.callEntity(box, 'get'));
        await refusedOrDone('read', () => client.readEntityState(box));
        const [found] = await listed(client.queryEntities({ name: 'Box', keyPrefix: box.key, includeState: true }));
        expect((found?.entityState as { polluted?: unknown } | undefined)?.polluted).to.equal(undefined);
        await within('a write over it', client.callEntity(box, 'set', 'mended'));
        expect(await client.callEntity(box, 'get')).to.equal('mended');
      },
    );

    eachValue(
      'the state of a class entity is read or refused, and can be deleted',
      { values: Object.entries(states), statement: setState, target: ({ shelf }) => shelf.toString() },
      async (client, { shelf }) => {
        await refusedOrDone('call', () => client.callEntity(Shelf, shelf.key, (each) => each.add()));
        await refusedOrDone('read', () => client.readEntityState(Shelf, shelf.key));
        await within('deleting it', client.callEntity(shelf, 'delete'));
        expect((await client.readEntityState(Shelf, shelf.key)).entityExists).to.equal(false);
        expect(await client.callEntity(Shelf, shelf.key, (each) => each.add())).to.equal(2);
      },
    );

    it('a state that is not JSON gives callers and readers DE_STATE_DESERIALIZATION', async () => {
      const client = await damaged("UPDATE de_instance SET state = '{broken' WHERE id = '@box@bad'");
      await expectCode(() => client.callEntity(bad, 'get'), 'DE_STATE_DESERIALIZATION');
      await expectCode(() => client.readEntityState(bad), 'DE_STATE_DESERIALIZATION');
    });

    const metas = [
      '{broken',
      '',
      '5',
      '[]',
      '"text"',
      '{"lock":5}',
      '{"lock":{"instance":5}}',
      '{"lock":{}}',
      '{"senders":5}',
    ];
    eachValue(
      'what is kept beside the state of an entity is read or refused',
      { values: metas.map(named), statement: 'UPDATE de_instance SET meta = ? WHERE id = ?', target: boxOf },
      async (client, { box }) => {
        await refusedOrDone('call', () => client.callEntity(box, 'get', undefined, { timeout: 200 }));
        await refusedOrDone('status', () => client.entityStatus(box));
        for await (const { lockedBy } of client.queryEntities()) expect([null, 'string']).to.include(lockedBy ?? null);
      },
    );

    const records = [
      '{broken',
      '',
      'null',
      '5',
      '[]',
      '{}',
      '{"name":5,"execution":null,"status":"asleep"}',
      '['.repeat(100_000),
    ];
    eachValue(
      'the record of a run is read or refused',
      { values: records.map(named), statement: setState, target: runOf },
      async (client, { run: id }) => {
        const run = client.run(asker, id);
        await refusedOrDone('status', () => run.status());
        await refusedOrDone('result', () => run.result({ timeout: 200 }));
        await refusedOrDone('wait', () => run.waitForStatus(() => true, { timeout: 200 }));
        await refusedOrDone('event', () => run.raiseEvent('end', 1, { timeout: 200 }));
        await refusedOrDone('terminate', () => run.terminate('bad', { timeout: 200 }));
        await refusedOrDone('restart', () => run.restart({ newInstanceId: true, timeout: 200 }));
        await refusedOrDone('query', async () => {
          for await (const _status of client.queryRuns());
        });
        await refusedOrDone('purge', () => client.purgeRuns());
      },
    );

    const histories = ['{broken', '', 'null', '5', '{}', '[5]', '[{}]', '[{"kind":"dance"}]', '['.repeat(100_000)];
    eachValue(
      'the history of a run is read or refused, and its status can be read',
      { values: histories.map(named), statement: 'UPDATE de_history SET events = ? WHERE instance = ?', target: runOf },
      async (client, { run: id }) => {
        const run = client.run(asker, id);
        await refusedOrDone('event', () => run.raiseEvent('end', 1, { timeout: 200 }));
        await refusedOrDone('result', () => run.result({ timeout: 200 }));
        expect((await run.status())?.instanceId).to.equal(id);
      },
    );

    const bodies = [
      '{broken',
      '',
      'null',
      '5',
      '[]',
      '{}',
      '{"kind":"dance"}',
      '{"kind":"constructor"}',
      '{"kind":"__proto__"}',
      '{"__proto__":{"kind":"operation"}}',
      '{"kind":"operation"}',
      '{"kind":"operation","operation":5}',
      '{"kind":"operation","operation":"get","input":5}',
      '{"kind":"operation","operation":"set","input":"{broken"}',
      '{"kind":"operation","operation":"set","input":"{\\"$de\\":\\"Temporal\\"}"}',
      '{"kind":"operation","operation":"get","replyTo":5}',
      '{"kind":"lock","owner":5}',
      '{"kind":"release","owner":null}',
      '{"kind":"start","name":5}',
      '{"kind":"event","name":5,"value":"{broken"}',
      '{"kind":"answer","execution":"1-1","task":0,"answer":5}',
      '{"kind":"timer","execution":5,"task":"x"}',
      '{"kind":"terminate","reason":5}',
    ];
    for (const target of ['@box@bad', '@nobody@bad', 'bad', '@', '', 'nobody']) {
      it(`messages of all kinds to ${target || 'the empty id'}`, async () => {
        const rows = bodies.map((body, index) => [1_000_000_000 + index, index % 64, target, body] as const);
        const client = await damaged(
          `INSERT INTO de_inbox (id, partition, target, body) VALUES ${rows.map(() => '(?, ?, ?, ?)').join()}`,
          rows.flat(),
        );
        await neighboursWork(client);
        await refusedOrDone('call', () => client.callEntity(bad, 'set', 1, { timeout: 1_000 }));
        await refusedOrDone('run', () => client.run(asker, 'bad').terminate('enough', { timeout: 1_000 }));
        expect(({} as { kind?: unknown }).kind).to.equal(undefined);
      });
    }

    it('messages and instances of partitions that are not there', async () => {
      const client = await damaged(
        `INSERT INTO de_inbox (id, partition, target, body) VALUES
          (1000000001, 9999, '@box@bad', '{"kind":"operation","operation":"get"}'), (1000000002, -1, 'bad', '{"kind":"terminate"}')`,
      );
      await sql(await world.file(), "UPDATE de_instance SET partition = 9999 WHERE id = '@box@bad'");
      expect(await client.callEntity(bad, 'get')).to.deep.equal({ kept: 1 });
      await neighboursWork(client);
    });

    const outcomes = [
      '{broken',
      '',
      '5',
      'null',
      '{"ok":true,"value":"{broken"}',
      '{"ok":false,"error":"{broken"}',
      '{"ok":false,"error":5}',
    ];
    eachValue(
      'the outcome of a receipt is read or refused, and the request id stays used',
      {
        values: outcomes.map(named),
        statement: "UPDATE de_receipt SET outcome = ? WHERE request_id = 'once' AND target = ?",
        target: boxOf,
      },
      async (client, { box }) => {
        await refusedOrDone('repeat', () =>
          client.callEntity(box, 'get', undefined, { requestId: 'once', timeout: 500 }),
        );
        await expectCode(() => client.callEntity(box, 'set', 1, { requestId: 'once' }), 'DE_REQUEST_ID_REUSED');
        expect(await client.callEntity(box, 'get', undefined, { requestId: 'twice' })).to.deep.equal({ kept: 1 });
      },
    );

    it('dead letters: those that can be read are there, the others can be discarded', async () => {
      const letters = [
        [1, '@box@bad', '{"kind":"operation","operation":"get"}'],
        [2, '@box@bad', '{broken'],
        [3, 'nobody', '{"kind":"operation","operation":"get"}'],
        [4, '@box@bad', 'null'],
        [5, '@box@bad', '{"kind":"dance"}'],
        [6, '@box@bad', '{"kind":"operation","operation":"set","input":"6"}'],
      ] as const;
      const client = await damaged(
        `INSERT INTO de_dead_letter (id, target, body, attempts, reason, at) VALUES ${letters.map(() => "(?, ?, ?, 3, 'r', 1)").join()}`,
        letters.flat(),
      );
      const seen: number[] = [];
      await expectCode(async () => {
        for await (const { id } of client.deadLetters()) seen.push(id);
      }, 'DE_STORAGE');
      expect(seen).to.deep.equal([1, 6]);
      await refusedOrDone('retry', () => client.deadLetters().retry(2));
      for (const id of [2, 3, 4, 5]) await refusedOrDone('discard', () => client.deadLetters().discard(id));
      expect(await client.deadLetters().retry(6)).to.equal(true);
      expect(await client.callEntity(bad, 'get')).to.equal(6);
      seen.length = 0;
      for await (const { id } of client.deadLetters()) seen.push(id);
      expect(seen).to.deep.equal([1]);
      await neighboursWork(client);
    });
  });
}

describe('what a task hub knows of itself, damaged', () => {
  const names: readonly unknown[] = [
    '{broken',
    '',
    'null',
    '5',
    '{}',
    '[5]',
    '[null,{"a":1}]',
    '["entity:__proto__"]',
    Buffer.from([0, 255]),
  ];
  for (const value of names) {
    it(`the names: ${String(value) || 'the empty text'}`, async () => {
      const world = new World({ storage: 'sqlite', evict: false });
      try {
        await world.start(register);
        await world.host.stop();
        await sql(await world.file(), 'UPDATE de_task_hub SET names = ?', [value]);
        const answer = await answerOf(async () => {
          const host = await DurableHost.start({ storage: await world.file(), register, logger: world.logger });
          try {
            await neighboursWork(host.client);
          } finally {
            await host.stop();
          }
        });
        if (answer !== 'accepted') expect(objection(answer, 'DE_STORAGE')).to.equal(undefined);
      } finally {
        await within('the stop', world.end());
      }
    });
  }
});

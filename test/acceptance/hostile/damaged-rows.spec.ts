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

const bad = new EntityId('Box', 'bad');
const badShelf = new EntityId('Shelf', 'bad');

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
      const client = await world.start(register);
      await client.callEntity(bad, 'set', { kept: 1 });
      await client.callEntity(Shelf, 'bad', (shelf) => shelf.add());
      const run = await client.startNew(asker, { instanceId: 'bad' });
      await run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'running');
      await client.callEntity(bad, 'get', undefined, { requestId: 'once' });
      if (when === 'while the host runs') {
        await sql(await world.file(), statement, values);
        return client;
      }
      await world.host.stop();
      await sql(await world.file(), statement, values);
      return world.start(register);
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
    for (const [what, state] of Object.entries(states)) {
      it(`the state of a function entity: ${what}`, async () => {
        const client = await damaged("UPDATE de_instance SET state = ? WHERE id = '@box@bad'", [state]);
        await refusedOrDone('call', () => client.callEntity(bad, 'get'));
        await refusedOrDone('read', () => client.readEntityState(bad));
        for await (const { entityState } of client.queryEntities({ name: 'Box', includeState: true })) {
          expect((entityState as { polluted?: unknown } | undefined)?.polluted).to.equal(undefined);
        }
        await neighboursWork(client);
        await within('a write over it', client.callEntity(bad, 'set', 'mended'));
        expect(await client.callEntity(bad, 'get')).to.equal('mended');
        expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
      });

      it(`the state of a class entity: ${what}`, async () => {
        const client = await damaged("UPDATE de_instance SET state = ? WHERE id = '@shelf@bad'", [state]);
        await refusedOrDone('call', () => client.callEntity(Shelf, 'bad', (shelf) => shelf.add()));
        await refusedOrDone('read', () => client.readEntityState(Shelf, 'bad'));
        await neighboursWork(client);
        await within('deleting it', client.callEntity(badShelf, 'delete'));
        expect((await client.readEntityState(Shelf, 'bad')).entityExists).to.equal(false);
        expect(await client.callEntity(Shelf, 'bad', (shelf) => shelf.add())).to.equal(2);
        expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
      });
    }

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
    for (const meta of metas) {
      it(`what is kept beside the state of an entity: ${meta || 'the empty text'}`, async () => {
        const client = await damaged("UPDATE de_instance SET meta = ? WHERE id = '@box@bad'", [meta]);
        await refusedOrDone('call', () => client.callEntity(bad, 'get', undefined, { timeout: 200 }));
        await refusedOrDone('status', () => client.entityStatus(bad));
        for await (const { lockedBy } of client.queryEntities()) expect([null, 'string']).to.include(lockedBy ?? null);
        await neighboursWork(client);
      });
    }

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
    for (const record of records) {
      it(`the record of a run: ${record.slice(0, 40) || 'the empty text'}`, async () => {
        const client = await damaged("UPDATE de_instance SET state = ? WHERE id = 'bad'", [record]);
        const run = client.run(asker, 'bad');
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
        await neighboursWork(client);
      });
    }

    const histories = ['{broken', '', 'null', '5', '{}', '[5]', '[{}]', '[{"kind":"dance"}]', '['.repeat(100_000)];
    for (const history of histories) {
      it(`the history of a run: ${history.slice(0, 40) || 'the empty text'}`, async () => {
        const client = await damaged("UPDATE de_history SET events = ? WHERE instance = 'bad'", [history]);
        const run = client.run(asker, 'bad');
        await refusedOrDone('event', () => run.raiseEvent('end', 1, { timeout: 200 }));
        await refusedOrDone('result', () => run.result({ timeout: 200 }));
        expect((await run.status())?.instanceId).to.equal('bad');
        await neighboursWork(client);
      });
    }

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

    for (const outcome of [
      '{broken',
      '',
      '5',
      'null',
      '{"ok":true,"value":"{broken"}',
      '{"ok":false,"error":"{broken"}',
      '{"ok":false,"error":5}',
    ]) {
      it(`the outcome of a receipt: ${outcome || 'the empty text'}`, async () => {
        const client = await damaged("UPDATE de_receipt SET outcome = ? WHERE request_id = 'once'", [outcome]);
        await refusedOrDone('repeat', () =>
          client.callEntity(bad, 'get', undefined, { requestId: 'once', timeout: 500 }),
        );
        await expectCode(() => client.callEntity(bad, 'set', 1, { requestId: 'once' }), 'DE_REQUEST_ID_REUSED');
        expect(await client.callEntity(bad, 'get', undefined, { requestId: 'twice' })).to.deep.equal({ kept: 1 });
        await neighboursWork(client);
      });
    }

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

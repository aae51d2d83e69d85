/** Names, keys, ids and values that mean something to JavaScript, SQL, JSON, terminals or people. To us they mean nothing. */
import assert from 'node:assert/strict';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  Operation,
  type DurableClient,
} from '../../../src/index.js';
import { answerOf, objection, within } from '../bad-input/proof.js';
import { acceptance, twoSettings } from '../variants.js';
import { anyText } from '../../core/any-text.js';

const ofEveryObject = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'then',
  'length',
];

const meaningful: readonly string[] = [
  ...ofEveryObject,
  "'; DROP TABLE de_instance; --",
  '" OR ""="',
  '%',
  '_',
  '*',
  '?',
  '[a-z]',
  '%_*?',
  '$1 ?1 :name @p',
  '{"$de":"Date","v":"2020"}',
  '\u0001\u001b[31mred\u001b[0m\u0007',
  '\r\ninjected: line',
  '\u202Etxt.exe\u2066\u200F',
  '\uFEFFmarked',
  ' blank ',
  '../../etc/passwd',
  '@@@',
  '🙂👩‍👩‍👧',
  'é',
  'e\u0301',
  'ﬁ',
  'fi',
  'İ',
  'i\u0307',
  'null',
  '0',
  '-0',
  '1e999',
];

const box = defineEntity('Box', { effects: 'none' }, (context) => {
  if (context.operationName === 'set') return context.setState(context.getInput());
  return context.getState();
});
/** Answers with the name of the operation, whatever it is. */
const parrot = defineEntity('Parrot', { effects: 'none' }, (context) => {
  context.setState([...context.getState((): string[] => []), context.operationName]);
  return context.operationName;
});

@Entity({ effects: 'none' })
class Cupboard {
  content: unknown = null;
  byKey = new Map<string, number>();
  @Operation() async put(content: unknown): Promise<void> {
    this.content = content;
  }
  @Operation() async count(key: string): Promise<number> {
    const count = (this.byKey.get(key) ?? 0) + 1;
    this.byKey.set(key, count);
    return count;
  }
  @Operation() async open(): Promise<unknown> {
    return this.content;
  }
}

const echo = defineActivity('Echo', async (_context, input: unknown) => input);
const relay = defineOrchestration('Relay', async (context, input: unknown) => {
  context.setCustomStatus(input);
  const told: unknown = await context.callActivity(echo, input);
  const event = await context.waitForExternalEvent(typeof input === 'string' ? input : 'go');
  return [told, event];
});
const named = ofEveryObject.map((name) => defineEntity(name, { effects: 'none' }, (context) => context.entityName));
const activities = ofEveryObject.map((name) => defineActivity(name, async () => name));
const runs = ofEveryObject.map((name) =>
  defineOrchestration(name, async (context): Promise<unknown> => [name, await context.callActivity(name)]),
);
const register = [box, parrot, Cupboard, echo, relay, ...named, ...activities, ...runs];

function notPolluted(): void {
  for (const name of ['polluted', 'isAdmin', 'kind', 'v'])
    expect(Object.hasOwn(Object.prototype, name)).to.equal(false);
}

acceptance('names that mean something elsewhere', twoSettings, (world) => {
  afterEach(notPolluted);

  it('S5 S6 hostile texts are entity keys like any other, each a key of its own', async () => {
    const client = await world().start(register);
    await Promise.all(meaningful.map((key, index) => client.callEntity(new EntityId('Box', key), 'set', index)));
    for (const [index, key] of meaningful.entries()) {
      expect(await client.callEntity(new EntityId('Box', key), 'get')).to.equal(index);
    }
    const found: string[] = [];
    for await (const { entityId } of client.queryEntities({ name: 'Box' })) found.push(entityId.key);
    expect(found.sort()).to.deep.equal([...meaningful].sort());
  });

  it('find what begins with them as prefixes, and nothing else', async () => {
    const client = await world().start(register);
    const keys = meaningful.flatMap((key) => [key, `${key}+`, `x${key}`]);
    await Promise.all(keys.map((key) => client.callEntity(new EntityId('Box', key), 'set', 1)));
    for (const keyPrefix of meaningful) {
      const found: string[] = [];
      for await (const { entityId } of client.queryEntities({ name: 'Box', keyPrefix })) found.push(entityId.key);
      expect(found.sort(), keyPrefix).to.deep.equal(keys.filter((key) => key.startsWith(keyPrefix)).sort());
    }
  });

  it('S3 hostile texts are names of entities, orchestrations and activities like any other', async () => {
    const client = await world().start(register);
    for (const name of ofEveryObject) {
      expect(await client.callEntity(new EntityId(name, 'a'), 'any')).to.equal(name.toLowerCase());
      const run = await client.startNew(name);
      expect(await run.result()).to.deep.equal([name, name]);
      expect((await run.status())?.name).to.equal(name);
    }
    for (const name of meaningful.filter((one) => !ofEveryObject.includes(one) && !one.includes('@'))) {
      const answer = await answerOf(() => client.callEntity(new EntityId(name, 'a'), 'any'));
      expect(objection(answer, 'DE_UNKNOWN_ENTITY'), name).to.equal(undefined);
      expect(objection(await answerOf(() => client.startNew(name)), 'DE_UNKNOWN_ORCHESTRATION'), name).to.equal(
        undefined,
      );
    }
  });

  it('S11 hostile texts are operation names of a function entity like any other', async () => {
    const client = await world().start(register);
    for (const operation of meaningful) {
      expect(await client.callEntity(new EntityId('Parrot', 'a'), operation)).to.equal(operation);
    }
    const { entityState } = await client.readEntityState(new EntityId('Parrot', 'a'));
    expect(entityState).to.deep.equal(meaningful);
  });

  it('S72 hostile texts reach no method of a class that is not an operation', async () => {
    const client = await world().start(register);
    await client.callEntity(Cupboard, 'a', (cupboard) => cupboard.put(1));
    for (const operation of meaningful) {
      const answer = await answerOf(() => client.callEntity(new EntityId('Cupboard', 'a'), operation, { polluted: 1 }));
      expect(objection(answer, 'DE_UNKNOWN_OPERATION'), operation).to.equal(undefined);
    }
    expect(await client.callEntity(Cupboard, 'a', (cupboard) => cupboard.open())).to.equal(1);
  });

  it('hostile texts are instance ids, event names and custom statuses like any other', async () => {
    const client = await world().start(register);
    const ids = meaningful.filter((id) => !id.startsWith('@'));
    const started = await Promise.all(ids.map((id) => client.startNew(relay, { instanceId: id, input: id })));
    for (const run of started) {
      await run.raiseEvent(run.instanceId, { [run.instanceId]: run.instanceId });
      const [told, event] = (await run.result()) as [unknown, Record<string, string>];
      expect(told).to.equal(run.instanceId);
      expect(Object.entries(event)).to.deep.equal([[run.instanceId, run.instanceId]]);
      expect((await run.status())?.customStatus).to.equal(run.instanceId);
    }
    for (const instanceIdPrefix of ids) {
      const found: string[] = [];
      for await (const { instanceId } of client.queryRuns({ instanceIdPrefix })) found.push(instanceId);
      expect(found.sort()).to.deep.equal(ids.filter((id) => id.startsWith(instanceIdPrefix)).sort());
    }
  });

  it('hostile texts are request ids like any other: each counts once', async () => {
    const client = await world().start(register);
    for (const requestId of meaningful) {
      for (let i = 0; i < 2; i++) {
        const count = client.callEntity(Cupboard, 'r', (cupboard) => cupboard.count(requestId), { requestId });
        expect(await count, requestId).to.equal(1);
      }
    }
  });

  it('hostile texts are names of scheduled signals like any other', async () => {
    const client = await world().start(register);
    const id = new EntityId('Box', 'later');
    for (const name of meaningful) await client.signalEntity(id, 'set', name, { scheduledTime: 8e15, name });
    for (const name of meaningful) {
      expect(await client.cancelSignal(id, name), name).to.equal(true);
      expect(await client.cancelSignal(id, name), name).to.equal(false);
    }
  });

  it('S4 keys, ids and names of exactly 512 bytes work, and one byte more is refused', async () => {
    const client = await world().start(register);
    for (const [unit, bytes] of [
      ['x', 1],
      ['é', 2],
      ['漢', 3],
      ['🙂', 4],
    ] as const) {
      const longest = unit.repeat(Math.floor(512 / bytes)) + 'x'.repeat(512 % bytes);
      expect(Buffer.byteLength(longest)).to.equal(512);
      const id = new EntityId('Box', longest);
      await client.signalEntity(id, 'set', longest, { requestId: longest });
      expect(await client.callEntity(id, 'get')).to.equal(longest);
      expect(await client.callEntity(new EntityId('Parrot', unit), longest)).to.equal(longest);
      const run = await client.startNew(relay, { instanceId: longest, input: longest });
      await run.raiseEvent(longest, 1);
      expect(await run.result()).to.deep.equal([longest, 1]);

      const over = `${longest}x`;
      const refused = [
        [() => new EntityId('Box', over), 'DE_INVALID_ENTITY_ID'],
        [() => client.callEntity(id, over), 'DE_INVALID_ARGUMENT'],
        [() => client.callEntity(id, 'get', 1, { requestId: over }), 'DE_INVALID_ARGUMENT'],
        [() => client.startNew(relay, { instanceId: over }), 'DE_INVALID_ARGUMENT'],
        [() => run.raiseEvent(over), 'DE_INVALID_ARGUMENT'],
      ] as const;
      for (const [attempt, code] of refused) expect(objection(await answerOf(attempt), code)).to.equal(undefined);
    }
  });
});

/** The same value, prototypes and own keys included. */
function expectSame(actual: unknown, expected: unknown): void {
  assert.deepStrictEqual(actual, expected);
}

/** Every way by which a caller gets a value back. */
async function everyWay(client: DurableClient, value: unknown, id: string): Promise<unknown[]> {
  const boxed = new EntityId('Box', id);
  await client.callEntity(boxed, 'set', [value]);
  await client.callEntity(Cupboard, id, (cupboard) => cupboard.put(value));
  const run = await client.startNew(relay, { instanceId: id, input: { value } });
  await run.raiseEvent('go', { value });
  const [told, event] = (await run.result()) as { value: unknown }[];
  const status = await run.status();
  const { entityState } = await client.readEntityState<unknown[]>(boxed);
  const state = await client.readEntityState(Cupboard, id);
  return [
    (await client.callEntity<unknown[]>(boxed, 'get'))[0],
    await client.callEntity(Cupboard, id, (cupboard) => cupboard.open()),
    told?.value,
    event?.value,
    (status?.customStatus as { value: unknown } | undefined)?.value,
    (status?.input as { value: unknown } | undefined)?.value,
    entityState?.[0],
    state.entityState?.content,
  ];
}

const forged: readonly unknown[] = [
  { $de: 'Date', v: '2020-01-01T00:00:00.000Z' },
  { $de: 'object', v: { $de: 'object' } },
  { $de: 'as', v: 5 },
  { $de: 'version', v: 2 },
  { $de: 'Temporal' },
  { $de: null },
  { v: 1, $de: { $de: { $de: 'Map' } } },
  [{ $de: 'undefined' }],
  { name: 'Error', message: 'm', stack: 's', data: {}, cause: {} },
  { kind: 'operation', operation: 'set', input: '5' },
  { lock: { instance: 'x' } },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  JSON.parse('{"constructor":{"prototype":{"polluted":true}},"toString":5,"hasOwnProperty":null,"then":1,"toJSON":2}'),
  JSON.parse('[[{"__proto__":null}],{"a":{"__proto__":[1]}}]'),
];

acceptance('values that look like something of ours', twoSettings, (world) => {
  afterEach(notPolluted);

  for (const value of forged) {
    it(`S12 S104 stay data: ${JSON.stringify(value)}`, async () => {
      const client = await world().start(register);
      for (const back of await everyWay(client, value, 'v')) expectSame(back, value);
    });
  }

  it('S104 any value comes back as it was, by every way, whatever its keys and texts are', async () => {
    const client = await world().start(register);
    const key = fc.oneof(fc.constantFrom(...meaningful, '$de', 'v'), fc.string());
    const leaf = fc.oneof(
      anyText(),
      fc.constantFrom(...meaningful),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.constantFrom(null, undefined, 'Map', 'Date', 'object'),
      fc.date(),
      fc.array(fc.constantFrom('\ud800', '\udfff', '\0', 'a')).map((units) => units.join('')),
    );
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4, noNullPrototype: true }),
        fc.array(fc.tuple(key, tie('any')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
      ),
    })).any;
    let count = 0;
    // A failure prints the seed; `fc.assert(…, { seed })` repeats it.
    await fc.assert(
      fc.asyncProperty(value, async (one) => {
        const ways = await within('every way', everyWay(client, one, `any-${++count}`));
        for (const back of ways) expectSame(back, one);
      }),
      { numRuns: 40 },
    );
  });
});

/** The proof for every kind of bad input: the caller gets an error, and nothing else is different afterwards. */
import { expect } from 'chai';
import { DurableError } from '../../../src/index.js';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  entityInterface,
  type DurableClient,
} from '../../../src/index.js';
import { World, type Setting } from '../world.js';
import type { Bad } from './values.js';

/** Counts what reaches it. */
export const tally = defineEntity('Tally', { effects: 'none' }, (context) => {
  if (context.operationName === 'add') context.setState(context.getState(() => 0) + 1);
  else if (context.operationName !== 'get') context.unknownOperation();
  return context.getState() ?? 0;
});

export interface IScore {
  add(points: number): void;
  get(): Promise<number>;
}
export const IScore = entityInterface<IScore>('IScore', { add: 'signal', get: 'call' });

@Entity({ implements: [IScore], effects: 'none' })
export class Score implements IScore {
  points = 0;
  add(points: number): void {
    this.points += points;
  }
  async get(): Promise<number> {
    return this.points;
  }
}

export const echo = defineActivity('Echo', async (_context, input: unknown) => input);
export const waiter = defineOrchestration('Waiter', async (context) => context.waitForExternalEvent('go'));
export const adder = defineOrchestration('Adder', async (context, key: string) =>
  context.callEntity<number>(new EntityId('Tally', key), 'add'),
);

export const good: readonly unknown[] = [tally, Score, echo, waiter, adder];

export const same = new EntityId('Tally', 'same');
export const other = new EntityId('Tally', 'other');

/** The limit after which a promise counts as hung. It does not measure speed. */
const longMs = 240_000;

export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: ${what}`)), longMs);
  });
  try {
    return await Promise.race([promise, hung]);
  } finally {
    clearTimeout(timer);
  }
}

/** An error as the caller saw it. */
export interface Told {
  readonly name: string;
  readonly code: unknown;
  readonly hint: unknown;
  readonly message: string;
}

export function told(error: unknown): Told {
  if (!(error instanceof Error)) return { name: `no error: ${typeof error}`, code: '', hint: '', message: '' };
  const { code, hint } = error as Partial<DurableError>;
  const ours = error instanceof DurableError;
  return { name: ours ? error.name : `${error.name}, not ours`, code, hint, message: error.message };
}

/** The fault of this answer to bad input. `undefined` if the answer is right. */
export function objection(answer: Told | 'accepted', code: string): string | undefined {
  if (answer === 'accepted') return 'it was accepted';
  if (answer.code !== code) return `${answer.name} ${String(answer.code)}: ${answer.message.slice(0, 300)}`;
  if (answer.name.endsWith('not ours')) return answer.name;
  if (typeof answer.hint !== 'string' || answer.hint === '') return 'no hint';
  return answer.message === '' ? 'no message' : undefined;
}

/** The error that the caller of this attempt gets, or `accepted`. */
export async function answerOf(attempt: () => unknown): Promise<Told | 'accepted'> {
  try {
    await within('the answer', (async () => attempt())());
    return 'accepted';
  } catch (error) {
    return told(error);
  }
}

const proofs = new WeakMap<World, number>();

/** The bad input had no effect and blocks nothing: everything works, on the same entity and on others, exactly once. */
export async function proveWorks(world: World): Promise<void> {
  const { client } = world;
  // A world may be proved again and again.
  const before = proofs.get(world) ?? 0;
  proofs.set(world, before + 1);
  for (const [id, sum] of [
    [same, 3 * before + 2],
    [other, 2 * before + 2],
  ] as const) {
    await within('a good signal', client.signalEntity(id, 'add'));
    expect(await within('a good call', client.callEntity(id, 'add')), `messages to ${id.toString()}`).to.equal(sum);
  }
  await within(
    'a good typed signal',
    client.signalEntity(IScore, 'same', (score) => score.add(1)),
  );
  expect(
    await within(
      'a good typed call',
      client.callEntity(IScore, 'same', (score) => score.get()),
    ),
  ).to.equal(before + 1);
  const run = await within('a good start', client.startNew(adder, { input: 'same' }));
  expect(await within('a good run', run.result())).to.equal(3 * before + 3);
  expectNoErrors(world);
}

/** The bad input had no effect: the host answers calls, and the states are those that the proofs before have left. */
async function proveUnchanged(world: World): Promise<void> {
  const before = proofs.get(world) ?? 0;
  for (const [id, sum] of [
    [same, 3 * before],
    [other, 2 * before],
  ] as const) {
    expect(await within('a good call', world.client.callEntity(id, 'get')), `state of ${id.toString()}`).to.equal(sum);
  }
  expectNoErrors(world);
}

/** Everything works, and the host stops in good order. */
export async function proveUnharmed(world: World): Promise<void> {
  await proveWorks(world);
  await within('a good stop', world.end());
  expectNoErrors(world);
}

function expectNoErrors({ lines }: World): void {
  expect(
    lines.filter(({ level }) => level === 'error'),
    'logged errors',
  ).to.deep.equal([]);
}

/** One parameter of one API, with everything that it must refuse. */
export interface Row<Api> {
  readonly api: string;
  readonly parameter: string;
  readonly code: string;
  readonly values: readonly Bad[];
  readonly give: (api: Api, value: never) => unknown;
}

/** A test per row. Tells all that is wrong, not only the first. */
export function refuses<Api>(
  rows: readonly Row<Api>[],
  setting: Setting,
  answer: (world: World, row: Row<Api>, value: unknown) => Promise<Told | 'accepted'>,
  register: readonly unknown[],
  all: 'all' | 'light' = 'all',
): void {
  for (const row of rows) {
    it(`${row.api} refuses ${row.parameter}: ${row.code}`, async () => {
      const values = row.values.filter((value) => all === 'all' || value.heavy !== true);
      await eachValue(values, setting, register, async (world, value) => {
        const problem = objection(await answer(world, row, value.make()), row.code);
        if (problem !== undefined) throw new Error(problem);
      });
    });
  }
}

/**
 * Tries all values on one host, proves after each that the host answers and that nothing changed, and at last that everything works and the
 * host stops in good order. After an objection the next value meets a new host, so that each objection is about its own value.
 */
export async function eachValue(
  values: readonly Bad[],
  setting: Setting,
  register: readonly unknown[],
  prove: (world: World, value: Bad) => Promise<void>,
): Promise<void> {
  const objections: string[] = [];
  let world: World | undefined;
  try {
    for (const [index, value] of values.entries()) {
      try {
        if (world === undefined) {
          world = new World(setting);
          await world.start(register);
        }
        await within('the proof', prove(world, value));
        await (index === values.length - 1 ? proveUnharmed(world) : proveUnchanged(world));
      } catch (error) {
        objections.push(`${value.what}: ${String(error).slice(0, 500)}`);
        await within('the stop', world?.end() ?? Promise.resolve());
        world = undefined;
      }
    }
  } finally {
    await within('the stop', world?.end() ?? Promise.resolve());
  }
  expect(objections).to.deep.equal([]);
}

export type { DurableClient };

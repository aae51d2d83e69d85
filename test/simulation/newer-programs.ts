/** Programs of what came with version 0.2: races of waits, children that are tried again, trees that are ended, ticks, runs for later. */
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { Definition } from '../../src/contexts/programs.js';
import { counter, id } from '../engine/programs.js';

/** How one event is waited for. */
export type Way = 'race' | 'derived' | 'timer' | 'busy' | 'again';

export interface RacesInput {
  /** The number of the last event. */
  readonly last: number;
  readonly ways: readonly Way[];
  readonly taken: readonly number[];
  readonly round: number;
}

/** Reads numbered events under two names, in one way after the other, until the last one; returns them as it read them. */
const races = defineOrchestration('Races', async (context, input: RacesInput): Promise<readonly number[]> => {
  const { last, ways } = input;
  const taken = [...input.taken];
  for (let { round } = input; taken.at(-1) !== last; round++) {
    const even = () => context.waitForExternalEvent<number>('even');
    const odd = () => context.waitForExternalEvent<number>('ODD');
    let read: number | undefined;
    switch (ways[round % ways.length]) {
      case 'again':
        return context.continueAsNew({ ...input, taken, round: round + 1 });
      case 'busy':
        await context.callActivity('Double', 1);
        break;
      case 'timer': {
        const timer = context.createTimer(20);
        read = await Promise.race([even(), odd(), timer.then(() => undefined)]);
        timer.cancel();
        break;
      }
      case 'derived':
        read = (await Promise.race([odd().then((n) => ({ n })), even().then((n) => ({ n }))])).n;
        break;
      default:
        read = await Promise.race([odd(), even()]);
    }
    if (read !== undefined) taken.push(read);
  }
  return taken;
});

/** Fails two times of three. */
const child = defineOrchestration('Child', async (context, key: string) => {
  const score = await context.callEntity<number>(id('Score', key), 'add', 1);
  if (score % 3 !== 0) throw new Error(`attempt ${score}`);
  return score;
});

/** A child under a fixed id, tried again until it succeeds, in each execution anew. */
const family = defineOrchestration('Family', async (context, rounds: number): Promise<number> => {
  const options = {
    instanceId: `${context.instanceId}/child`,
    retry: { maxAttempts: 3, firstRetryInterval: 5 },
  };
  const score = await context.callSubOrchestration<number>('Child', context.instanceId, options);
  return rounds > 1 ? context.continueAsNew(rounds - 1) : score;
});

/** A tree of runs, the last of which wait for ever. */
const clan = defineOrchestration('Clan', async (context, depth: number): Promise<void> => {
  if (depth === 0) return context.waitForExternalEvent('never');
  const children = [0, 1].map(async (n) =>
    context.callSubOrchestration('Clan', depth - 1, { instanceId: `${context.instanceId}/${n}` }),
  );
  await Promise.all(children);
});

export interface CauseInput {
  readonly witness: string;
  readonly number: number;
  /** How many other entities the second message passes. */
  readonly hops: number;
}

/** Tells a witness, then tells it again through other entities, which may live in other workers: the second word is an effect of the first. */
const cause = defineEntity('Cause', { effects: 'none' }, (context) => {
  const input = context.getInput<CauseInput>();
  const { witness, number, hops } = input;
  const isFirst = context.operationName === 'begin';
  if (isFirst) context.signalEntity(id('Witness', witness), 'see', { number, word: 'first' });
  if (hops > 0) context.signalEntity(id('Cause', `${context.entityKey}/${hops}`), 'pass', { ...input, hops: hops - 1 });
  else context.signalEntity(id('Witness', witness), 'see', { number, word: 'second' });
  context.setState(number);
});

export interface Witnessed {
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** Effects that were seen before their causes. */
  readonly wrong: readonly number[];
}

const witness = defineEntity('Witness', { effects: 'none' }, (context) => {
  const { number, word } = context.getInput<{ number: number; word: 'first' | 'second' }>();
  const seen = context.getState<Witnessed>(() => ({ first: [], second: [], wrong: [] }));
  const wrong = word === 'second' && !seen.first.includes(number) ? [...seen.wrong, number] : seen.wrong;
  context.setState({ ...seen, [word]: [...seen[word], number], wrong });
});

/** Counts its ticks, some of which fail. */
const ticker = (fails: () => boolean) =>
  defineEntity('Ticker', { effects: 'none' }, (context) => {
    if (context.operationName === 'get') return context.getState(() => 0);
    context.setState(context.getState(() => 0) + 1);
    if (fails()) throw new Error('a tick that fails');
    return undefined;
  });

export function newerDefinitions(fails: () => boolean): Definition[] {
  return [
    races as Definition,
    child as Definition,
    family as Definition,
    clan as Definition,
    ticker(fails),
    defineEntity('Score', { effects: 'none' }, counter.handler),
    cause,
    witness,
  ];
}

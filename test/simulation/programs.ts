/** The user code of simulated processes: it works, and it looks at what it may expect of the engine. */
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { EntityDefinition } from '../../src/functions/definitions.js';
import type { Definition } from '../../src/contexts/programs.js';
import { counter, everythingBy, id } from '../engine/programs.js';
import { tree } from '../engine/trees.js';
import { newerDefinitions } from './newer-programs.js';

/** The amount with which each account is opened. */
export const openingBalance = 25;
/** Money is moved between these counters; nobody else adds to them. */
export const accounts = ['a', 'b', 'c', 'd'] as const;

const accountIds = new Set<string>(accounts.map((key) => id('Counter', key).toString()));

export function isAccount(instanceId: string): boolean {
  return accountIds.has(instanceId);
}

/** The functions that the user code of one process uses outside of turns, and by which it reports what it sees. */
export interface Surroundings {
  /** Resolves after some time in which the process runs. */
  io(): Promise<void>;
  /** The process does nothing but compute for a while. */
  stall(): void;
  /** Something that is not the same in replay. */
  chance(): boolean;
  /** Whether this is to hang: once for each value, never while the world heals. */
  hangs(value: string): boolean;
  /** An operation or activity outside of turns begins; returns what is called at its end. */
  begins(work: OutsideWork): () => void;
  /** Whether an operation of this entity runs outside of turns. */
  isBusy(instanceId: string): boolean;
  /** Something that was to happen at this instant happens. */
  isDue(what: string, dueMs: number): void;
  report(checker: string, problem: string): void;
}

export interface OutsideWork {
  readonly instanceId: string;
  readonly input: unknown;
  /** Of an entity. */
  readonly state?: unknown;
  readonly signal: AbortSignal;
}

export interface HolderInput {
  /** Counters, or entities that do I/O. */
  readonly name: 'Counter' | 'Vault';
  readonly keys: readonly string[];
  readonly restMs: number;
  readonly end: 'return' | 'throw' | 'continue' | 'leave' | 'stay';
}

export function definitionsFor(around: Surroundings): Definition[] {
  const outside = everythingBy(
    () => around.io(),
    () => around.chance() && around.chance() && around.chance(),
  ).map((definition) => watched(definition as Definition, around));
  return [
    ...outside,
    ...[slowMischief(around), vault(around), act(around)].map((definition) =>
      watched(definition as Definition, around),
    ),
    // The same, under another name: nobody counts it as money.
    defineEntity('Tally', { effects: 'none' }, counter.handler),
    mischief(around),
    late(around),
    starter,
    note,
    tree as Definition,
    alarm(around) as Definition,
    holder(around) as Definition,
    fickle(around) as Definition,
    ping as Definition,
    pong as Definition,
    ...newerDefinitions(() => around.chance()),
  ];
}

/** Code that runs outside of turns, and says when. */
function watched(definition: Definition, around: Surroundings): Definition {
  if (definition.kind === 'activity') {
    return defineActivity(definition.name, async (context, input: unknown) => {
      const ended = around.begins({ instanceId: `activity:${definition.name}`, input, signal: context.signal });
      try {
        return await definition.handler(context, input);
      } finally {
        ended();
      }
    }) as Definition;
  }
  if (definition.kind !== 'entity' || definition.options.effects === 'none') return definition;
  return defineEntity(definition.name, definition.options, async (context) => {
    const { instanceId, signal } = context;
    const ended = around.begins({ instanceId, input: context.getInput(), state: context.getState(), signal });
    try {
      return await definition.handler(context);
    } finally {
      ended();
    }
  });
}

/** A list whose object is changed after its operation has ended. The change must have no effect. */
const late = (around: Surroundings): EntityDefinition =>
  defineEntity('Late', { effects: 'none' }, (context) => {
    const list = context.getState<string[]>(() => []);
    list.push(context.getInput<string>());
    void around.io().then(() => list.push('forged'));
    return list.length;
  });

/** An entity whose operations must leave no effect except a failure. */
const mischief = (around: Surroundings): EntityDefinition =>
  defineEntity('Mischief', { effects: 'none' }, (context) => {
    const value = context.getInput<string>();
    context.setState(value);
    context.signalEntity(id('List', 'mischief'), 'append', value);
    switch (context.operationName) {
      case 'throw':
        throw new Error('no');
      case 'unstorable':
        return context.setState(cyclic());
      case 'dangle':
        return around.io().then(() => value);
      case 'stall':
        around.stall();
        context.deleteState();
        return value;
      default:
        return context.unknownOperation();
    }
  });

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
}

const slowMischief = (around: Surroundings): EntityDefinition =>
  defineEntity('SlowMischief', async (context) => {
    const value = context.getInput<string>();
    const { signal, operationName } = context;
    context.setState(value);
    context.signalEntity(id('List', 'mischief'), 'append', value);
    await around.io();
    if (operationName === 'throw') throw new Error('no');
    if (around.hangs(value)) await aborted(signal);
    context.deleteState();
    return value;
  });

/** A counter that does I/O between reading and writing. */
const vault = (around: Surroundings): EntityDefinition =>
  defineEntity('Vault', async (context) => {
    const before = context.getState(() => 0);
    await around.io();
    if (context.operationName === 'add') context.setState(before + context.getInput<number>());
    return before;
  });

/** Never returns by itself. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new Error('told to give up'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
}

const act = (around: Surroundings) =>
  defineActivity('Act', async (context, label: string) => {
    await around.io();
    if (around.hangs(label)) await aborted(context.signal);
    return `${label}!`;
  });

/** Starts an orchestration from an operation. */
const starter = defineEntity('Starter', { effects: 'none' }, (context) => {
  const { value, named } = context.getInput<{ value: string; named: boolean }>();
  context.setState(context.getState(() => 0) + 1);
  context.startNewOrchestration('Note', { input: value, ...(named ? { instanceId: `note-${value}` } : {}) });
});

const note = defineOrchestration('Note', async (context, value: string) => {
  await context.callEntity(id('List', 'notes'), 'append', value);
}) as Definition;

/** Several timers; one of them is cancelled. */
const alarm = (around: Surroundings) =>
  defineOrchestration('Alarm', async (context, delaysMs: readonly number[]) => {
    const timers = delaysMs.map((delayMs) => {
      const dueMs = context.currentTime.getTime() + delayMs;
      return { dueMs, timer: context.createTimer(new Date(dueMs)) };
    });
    const rings = timers.slice(1).map(async ({ dueMs, timer }, index) => {
      await timer;
      around.isDue(`a timer of ${context.instanceId}`, dueMs);
      if (context.currentTime.getTime() < dueMs) around.report('timers', `${context.instanceId} went back in time`);
      await context.callEntity(id('List', context.instanceId), 'append', `${context.instanceId}:${index}`);
    });
    timers[0]?.timer.cancel();
    await Promise.all(rings);
    return rings.length;
  });

/** Holds locks for a while, sees whether anybody else gets in, and ends in one of many ways. */
const holder = (around: Surroundings) =>
  defineOrchestration('Holder', async (context, { name, keys, restMs, end }: HolderInput) => {
    const section = await context.lock(...keys.map((key) => id(name, key)));
    for (const key of keys)
      if (!context.isReplaying && around.isBusy(id(name, key).toString()))
        around.report('locks', `${context.instanceId} got ${name} ${key} while an operation ran`);
    const read = async () => {
      const found: number[] = [];
      for (const key of keys) found.push(await context.callEntity<number>(id(name, key), 'get'));
      return found;
    };
    const before = await read();
    await context.callActivity('Double', 1);
    if (restMs > 0) await context.createTimer(restMs);
    const after = await read();
    for (const [index, value] of before.entries())
      if (after[index] !== value)
        around.report('locks', `${context.instanceId} held ${keys.join()}: ${String(before)} became ${String(after)}`);
    switch (end) {
      case 'throw':
        throw new Error('the end');
      case 'continue':
        return context.continueAsNew({ name, keys, restMs: 0, end: 'leave' });
      case 'stay':
        return context.waitForExternalEvent('never');
      case 'return':
        section.release();
        return keys.length;
      case 'leave':
        return keys.length;
    }
  });

/** Does not do the same in replay. */
const fickle = (around: Surroundings) =>
  defineOrchestration('Fickle', async (context, key: string) => {
    const section = await context.lock(id('Counter', key));
    if (around.chance()) await context.callEntity(id('Counter', key), 'get');
    else await context.callActivity('Double', 1);
    section.release();
    if (around.chance()) context.signalEntity(id('Tally', 'fickle'), 'add', 1);
    await context.createTimer(20);
    return key;
  });

/** Two runs that talk to each other. */
const ping = defineOrchestration('Ping', async (context, value: string) => {
  const pongId = context.startNewOrchestration('Pong', { input: { to: context.instanceId, value } });
  const answer = await context.waitForExternalEvent<string>('pong');
  context.sendEvent(pongId, 'thanks', value);
  context.signalEntity(id('List', 'pings'), 'append', value);
  return answer;
});

const pong = defineOrchestration('Pong', async (context, { to, value }: { to: string; value: string }) => {
  context.sendEvent(to, 'pong', `${value}!`);
  await context.waitForExternalEvent('thanks');
});

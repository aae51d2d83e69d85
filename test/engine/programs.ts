/** Small programs that several suites use. */
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { EntityId } from '../../src/model/entity-id.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';

export const id = (name: string, key: string): EntityId => new EntityId(name, key);

/** A number. */
export const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  switch (context.operationName) {
    case 'add':
      context.setState(value + (context.getInput<number | undefined>() ?? 1));
      return context.getState();
    case 'get':
      return value;
    case 'delete':
      return context.deleteState();
    case 'fail':
      context.setState(value + 1_000);
      throw new Error('no');
    default:
      return context.unknownOperation();
  }
});

/** A list of what was appended: shows order, losses and duplicates. */
export const list = defineEntity('List', { effects: 'none' }, (context) => {
  if (context.operationName === 'append') context.getState<string[]>(() => []).push(context.getInput<string>());
  return context.getState<string[]>(() => []).length;
});

/** Does what counts as I/O: resolves a while later. */
export type Io = () => Promise<void>;

const tried = { timeout: '1 minute', retry: { maxAttempts: 50, firstRetryInterval: 30 } } as const;

/** The same, with I/O on the way, and failures (now and then: `fails`) that another attempt mends. */
export const slowListBy = (io: Io, fails: () => boolean = () => false) =>
  defineEntity('SlowList', { operations: { append: tried } }, async (context) => {
    await io();
    if (context.operationName === 'append' && fails()) {
      context.getState<string[]>(() => []).push('rolled back');
      context.signalEntity(id('List', context.entityKey), 'append', 'rolled back');
      throw new Error('now and then');
    }
    if (context.operationName === 'append') context.getState<string[]>(() => []).push(context.getInput<string>());
    await io();
    return context.getState<string[]>(() => []).length;
  });

export const slowList = slowListBy(ioTurn);

/** Passes on what it gets. */
export const relay = defineEntity('Relay', { effects: 'none', expireAfter: '1s' }, (context) => {
  const { lists, value, atMs } = context.getInput<{ lists: string[]; value: string; atMs?: number }>();
  context.setState(context.getState(() => 0) + 1);
  for (const key of lists) context.signalEntity(id('List', key), 'append', value, { scheduledTime: atMs });
});

/** Passes on what it gets, with I/O on the way. */
export const slowRelayBy = (io: Io) =>
  defineEntity('SlowRelay', { expireAfter: '100 ms' }, async (context) => {
    const { lists, value } = context.getInput<{ lists: string[]; value: string }>();
    context.setState(context.getState(() => 0) + 1);
    await io();
    for (const key of lists) context.signalEntity(id('List', key), 'append', value);
  });

export interface TransferInput {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

export const transfer = defineOrchestration('Transfer', async (context, { from, to, amount }: TransferInput) => {
  const section = await context.lock(id('Counter', from), id('Counter', to));
  try {
    const balance = await context.callEntity<number>(id('Counter', from), 'get');
    if (balance < amount || from === to) return false;
    await Promise.all([
      context.callEntity(id('Counter', from), 'add', -amount),
      context.callEntity(id('Counter', to), 'add', amount),
    ]);
    return true;
  } finally {
    section.release();
  }
});

export const doubleBy = (io: Io) =>
  defineActivity('Double', async (_, value: number) => {
    await io();
    return value * 2;
  });

/** An activity, a timer, an event, a sub-orchestration. */
export const errand = defineOrchestration('Errand', async (context, value: number) => {
  const doubled = await context.callActivity<number>('Double', value);
  const timer = context.createTimer(1_000);
  const event = context.waitForExternalEvent<number>('go', { timeout: '1000 days' });
  await timer;
  const sent = await event;
  const moved = await context.callSubOrchestration<boolean>('Transfer', { from: 'a', to: 'b', amount: 1 });
  context.signalEntity(id('List', 'errands'), 'append', context.instanceId);
  return { doubled, sent, moved };
});

/** Counts down, each number in an execution of its own, and appends what it is sent. */
export const countdown = defineOrchestration(
  'Countdown',
  async (context, { left, key }: { left: number; key: string }) => {
    const value = await context.waitForExternalEvent<string>('next');
    await context.callEntity(id('List', key), 'append', value);
    if (left > 1) return context.continueAsNew({ left: left - 1, key });
    return 'done';
  },
);

/** Goes on for ever: in each execution a timer that nobody awaits, an activity, a lock, and every now and then a rest. */
export const restless = defineOrchestration('Restless', async (context, accounts: readonly string[]) => {
  void context.createTimer('1 day');
  void context.callActivity('Double', 1);
  if (context.random() < 0.5) {
    const section = await context.lock(...accounts.map((key) => id('Counter', key)));
    await context.callEntity(id('Counter', accounts[0] as string), 'get');
    if (context.random() < 0.5) section.release();
  }
  if (context.random() < 0.3) await context.createTimer(50);
  return context.continueAsNew(accounts);
});

/** All of them. */
export const everythingBy = (io: Io, fails?: () => boolean) => [
  counter,
  list,
  slowListBy(io, fails),
  relay,
  slowRelayBy(io),
  transfer,
  doubleBy(io),
  errand,
  countdown,
  restless,
];

export const everything = everythingBy(ioTurn);

/** The programs of the processes that are killed: money, lists, entities that signal entities, and one that harms its process. */
import { Account } from '../../samples/bank/account.js';
import { transferMoney } from '../../samples/bank/transfer-money.js';
import { defineActivity, defineEntity, defineOrchestration, type EntityId } from '../../src/index.js';
import { plants } from './clock/planted.js';
import { id, list } from '../engine/programs.js';

export const lists = ['l0', 'l1', 'l2', 'l3', 'l4', 'l5'] as const;
/** Appended to only when the runner says so: its rows are spoilt now and then. */
export const spoiltList = 'spoilt';
export const repeaters = ['r0', 'r1'] as const;
export const accounts = ['A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'A9', 'A10', 'A11'] as const;
export const openingBalance = 10_000;

/** A list of an entity that only the newer code has. */
export const novelty = 'novelty';

/** The lists to which each repeater signals. */
export const repeaterLists = ['l0', 'l1'] as const;

/** Counts what it gets, and signals the number to its lists. */
const repeater = defineEntity('Repeater', { effects: 'none' }, (context) => {
  const number = context.getState<number>(() => 0) + 1;
  context.setState(number);
  for (const key of repeaterLists) context.signalEntity(id('List', key), 'append', `${context.entityKey}:${number}`);
  return number;
});

export const harms = ['loop', 'exit', 'reject', 'throw'] as const;
/** How an operation harms its process. `stall`: the event loop stands still for as many ms as the input says. */
export type Harm = (typeof harms)[number] | 'stall';

export const bomb = defineEntity('Bomb', { effects: 'none' }, (context) => {
  switch (context.operationName as Harm) {
    case 'loop':
      for (;;);
    case 'exit':
      process.exit(0);
    // eslint-disable-next-line no-fallthrough
    case 'reject':
      void Promise.reject(new Error('nobody handles this'));
      return;
    case 'throw':
      process.nextTick(() => {
        throw new Error('nobody catches this');
      });
      return;
    case 'stall':
      for (const endMs = performance.now() + context.getInput<number>(); performance.now() < endMs;);
  }
});

/** Appends to the list that has this name. */
export function listTarget(name: string): EntityId {
  return id(name === novelty ? 'Novelty' : 'List', name);
}

export interface Tour {
  readonly list: string;
  readonly value: string;
  readonly ms: number;
}

const checkTour = defineActivity('CheckTour', (_context, value: string) => value);

/** Goes through an activity and a timer to a list. Returns the place of its value there. */
export const tour = defineOrchestration('Tour', async (context, { list, value, ms }: Tour) => {
  const checked = await context.callActivity(checkTour, value);
  await context.createTimer(ms);
  return context.callEntity<number>(id('List', list), 'append', checked);
});

/** An entity that only the newer code has. */
const noveltyList = defineEntity('Novelty', { effects: 'none' }, (context) => {
  if (context.operationName === 'append') context.getState<string[]>(() => []).push(context.getInput<string>());
  return context.getState<string[]>(() => []).length;
});

export const codeVersions = ['older', 'newer'] as const;
/** Two deployments of the same application. */
export type CodeVersion = (typeof codeVersions)[number];

const older = [Account, transferMoney, list, repeater, bomb, checkTour, tour, ...plants];

export const registered: Readonly<Record<CodeVersion, readonly unknown[]>> = { older, newer: [...older, noveltyList] };

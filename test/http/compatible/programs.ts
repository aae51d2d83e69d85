/** Programs of the tests of the compatible API: entities, orchestrations and activities with each outcome that a client can see. */
import { defineActivity, defineEntity, defineOrchestration, EntityId } from '../../../src/index.js';

/** What activities of `Fragile` do: fail, until the test mends them. */
export class Weather {
  isBad = true;
}

export const counterId = (key: string): EntityId => new EntityId('Counter', key);

/** A counter with the operations add, get and delete. */
const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  switch (context.operationName) {
    case 'add': {
      const sum = value + (context.getInput<number | undefined>() ?? 1);
      context.setState(sum);
      return sum;
    }
    case 'get':
      return value;
    case 'delete':
      return context.deleteState();
    default:
      return context.unknownOperation();
  }
});

/** An entity whose state is the last input. */
const box = defineEntity('Box', { effects: 'none' }, (context) => {
  if (context.operationName === 'delete') return context.deleteState();
  return context.setState(context.getInput());
});

const echo = defineOrchestration('Echo', (_context, input: unknown) => input);

const missing = defineOrchestration('GivesNothing', () => undefined);

/** Waits for the event `go`, and returns its value. */
const wait = defineOrchestration('Wait', async (context) => {
  context.setCustomStatus({ waitsFor: 'go' });
  return context.waitForExternalEvent('go');
});

const fail = defineOrchestration('Fail', () => {
  throw new RangeError('it is broken');
});

/** Values that JSON lacks. */
const typed = defineOrchestration('Typed', () => ({
  day: new Date(0),
  cents: 12n,
  byName: new Map([['ann', 1]]),
  tags: new Set(['a']),
  bytes: new Uint8Array([1, 2]),
}));

const double = defineActivity('Double', async (_context, n: number) => n * 2);
const refuse = defineActivity('Refuse', async (_context, reason: string) => {
  throw new RangeError(reason);
});
const half = defineOrchestration('Half', async (_context, n: number) => n / 2);
const badHalf = defineOrchestration('BadHalf', () => {
  throw new TypeError('cannot halve');
});

/** One step of each kind. */
const steps = defineOrchestration('Steps', async (context, n: number) => {
  const doubled = await context.callActivity(double, n);
  await context.callActivity(refuse, 'too much').catch(() => {});
  const halved = await context.callSubOrchestration(half, doubled);
  await context.callSubOrchestration(badHalf).catch(() => {});
  await context.createTimer(0);
  const sum = await context.callEntity<number>(counterId('steps'), 'add', halved);
  context.signalEntity(counterId('steps'), 'add', 1);
  const event = await context.waitForExternalEvent<number>('more');
  void context.callActivity('Never');
  await context.waitForExternalEvent('end');
  return sum + event;
});

/** Two versions, so that a start can choose. */
const firstVersion = defineOrchestration('Versioned', { version: 1 }, () => 'one');
const secondVersion = defineOrchestration('Versioned', { version: 2 }, () => 'two');

export function programs(weather = new Weather()): readonly unknown[] {
  const predict = defineActivity('Predict', async (_context, day: string) => {
    if (weather.isBad) throw new RangeError(`no forecast for ${day}`);
    return `sun on ${day}`;
  });
  const fragile = defineOrchestration('Fragile', (context, day: string) => context.callActivity(predict, day));
  const code = [counter, box, echo, missing, wait, fail, typed, steps, double, refuse, half, badHalf];
  return [...code, firstVersion, secondVersion, predict, fragile];
}

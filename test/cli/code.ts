/** Code of the tests of the command line, also as a module for `--register`. */
import { EntityId, defineActivity, defineEntity, defineOrchestration } from '../../src/index.js';

export const counter = defineEntity('counter', { effects: 'none' }, (context) => {
  const state = context.getState(() => 0);
  const input = context.getInput<number>();
  switch (context.operationName) {
    case 'add':
      return context.setState(state + (input ?? 1));
    case 'get':
      return state;
    case 'fail':
      throw new Error('as asked');
    default:
      return undefined;
  }
});

/** Keeps any value. */
export const note = defineEntity('note', { effects: 'none' }, (context) => {
  context.setState(context.getInput());
});

export const double = defineActivity('double', async (_context, value: number) => value * 2);

export const sum = defineOrchestration('Sum', async (context, value: number): Promise<number> => {
  const doubled = await context.callActivity(double, value);
  await context.callEntity(new EntityId('counter', 'a'), 'add', doubled);
  return doubled;
});

export const waits = defineOrchestration('Waits', async (context): Promise<unknown> =>
  context.waitForExternalEvent('go'),
);

export const fails = defineOrchestration('Fails', async (): Promise<void> => {
  throw new Error('it failed as asked');
});

export const register = [counter, note, double, sum, waits, fails];

/** The entities and orchestrations of the tests of HTTP. */
import { defineEntity, defineOrchestration } from '../../src/index.js';

export const counter = defineEntity('Counter', { effects: 'none' }, (context): unknown => {
  const value = context.getState<number>(() => 0);
  switch (context.operationName) {
    case 'add':
      context.setState(value + context.getInput<number>());
      return context.getState();
    case 'fail':
      throw new Error('secret of the operation');
    case 'keep':
      context.setState(context.getInput());
      return undefined;
    case 'delete':
      context.deleteState();
      return undefined;
    default:
      return context.getState();
  }
});

/** Waits for the event `go`, and returns its value. */
export const waiter = defineOrchestration('Waiter', async (context, _input: unknown): Promise<unknown> => {
  return context.waitForExternalEvent('go');
});

/** Returns its input. */
export const echo = defineOrchestration('Echo', async (_context, input: unknown): Promise<unknown> => input);

/** Fails with a secret. */
export const failing = defineOrchestration('Failing', async (_context, _input: unknown): Promise<unknown> => {
  throw new Error('secret of the run');
});

export const everything = [counter, waiter, echo, failing];

/** Small programs for the specs of the test kit. */
import { stat } from 'node:fs/promises';
import { TestHost, type TestHostOptions } from '../../src/testing/index.js';
import { defineActivity, defineEntity, defineOrchestration, Entity, EntityId, Operation } from '../../src/index.js';

@Entity({ effects: 'none' })
export class Counter {
  value = 0;
  changedAt: Date | undefined = undefined;

  @Operation()
  async add(amount: number): Promise<number> {
    if (this.value + amount < 0) throw new RangeError(`only ${this.value} left`);
    this.value += amount;
    return this.value;
  }

  @Operation({ name: 'read' })
  async get(): Promise<number> {
    return this.value;
  }

  @Operation()
  async remindLater(at: Date): Promise<void> {
    Entity.current.signalEntity(list, 'append', this.value, { scheduledTime: at });
    Entity.current.startNewOrchestration(reminder, { input: 'now', instanceId: 'reminder-1' });
  }

  @Operation({ oneWay: true })
  clear(): void {
    Entity.current.deleteState();
  }
}

/** A list of what was appended: shows order, losses and duplicates. */
export const lists = defineEntity('List', { effects: 'none' }, (context) => {
  const values = context.getState<unknown[]>(() => []);
  if (context.operationName === 'append') values.push(context.getInput());
  else if (context.operationName === 'fail') throw new TypeError('no');
  return values;
});
export const list = new EntityId('List', 'l');

export const reminder = defineOrchestration('Reminder', async (context, text: string): Promise<string> => {
  await context.createTimer('3 days');
  context.signalEntity(list, 'append', text);
  return `${text} at ${context.currentTime.toISOString()}`;
});

/** The effects of activities and external operations outside the host, in order. */
export const outside: string[] = [];

export const charge = defineActivity('Charge', async (_context, order: string): Promise<string> => {
  outside.push(order);
  return `receipt of ${order}`;
});

export const buy = defineOrchestration('Buy', async (context, order: string): Promise<string> => {
  const receipt = await context.callActivity(charge, order, {
    retry: { maxAttempts: 3, firstRetryInterval: '1 minute', backoffCoefficient: 2 },
  });
  await context.callEntity(list, 'append', receipt);
  return receipt;
});

/** Does I/O in its operations. */
export const mailer = defineEntity('Mailer', async (context) => {
  const text = context.getInput<string>();
  await stat(new URL(import.meta.url));
  outside.push(text);
  context.setState(context.getState(() => 0) + 1);
  return context.getState();
});
export const mail = new EntityId('Mailer', 'm');

export const programs = [Counter, lists, reminder, charge, buy, mailer];

/** Resolves with what the promise rejects with; fails when it resolves. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It was expected to fail.');
}

/** A host whose limit of real time is so long that a busy machine does not reach it. */
export function startHost(options: TestHostOptions): Promise<TestHost> {
  return TestHost.start({ timeLimit: '4 minutes', ...options });
}

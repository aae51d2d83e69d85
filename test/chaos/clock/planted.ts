/**
 * Scheduled signals and timers that are due in an hour, and entities that expire after twelve. No story lasts so long, and a jump of
 * the clock that is corrected must not bring them forward.
 */
import { setTimeout } from 'node:timers/promises';
import { defineEntity, defineOrchestration, type DurableClient } from '../../../src/index.js';
import { id } from '../../engine/programs.js';
import type { ChaosStorage } from '../storage.js';

const hourMs = 3_600_000;
const alarm = 'planted';

const alarms = defineEntity('Alarm', { effects: 'none' }, (context) => {
  context.getState<string[]>(() => []).push(context.getInput<string>());
});

const keepsake = defineEntity('Keepsake', { effects: 'none', expireAfter: '12 hours' }, (context) => {
  context.setState(context.getInput<number>());
});

const sleeper = defineOrchestration('Sleeper', async (context, name: string) => {
  await context.createTimer('1 hour');
  context.signalEntity(id('Alarm', alarm), 'ring', name);
});

export const plants = [alarms, keepsake, sleeper] as const;

/** Sends one message of each kind. Resolves when all are acknowledged, or when `mayGoOn` returns `false`. */
export async function plant(
  client: DurableClient,
  number: number,
  { nowMs, mayGoOn }: { readonly nowMs: number; readonly mayGoOn: () => boolean },
): Promise<void> {
  const name = `plant-${number}`;
  const scheduledTime = new Date(nowMs + hourMs);
  const steps = [
    () => client.signalEntity(id('Alarm', alarm), 'ring', name, { requestId: name, scheduledTime }),
    () => client.signalEntity(id('Keepsake', name), 'keep', number, { requestId: name }),
    () => client.startNew(sleeper, { instanceId: name, input: name }),
  ];
  for (const step of steps)
    for (let isDone = false; !isDone && mayGoOn();)
      isDone = await step().then(
        () => true,
        () => setTimeout(5, false),
      );
}

/**
 * Signals, timers and expirations that came before their time.
 * @param planted so many of each were acknowledged
 */
export async function plantedProblems(storage: ChaosStorage, planted: number): Promise<string[]> {
  if (planted === 0) return [];
  const problems: string[] = [];
  const expect = async (what: string, sql: string, wanted: number): Promise<void> => {
    const value = await storage.value(sql);
    if (value !== wanted) problems.push(`${what}: ${String(value)} instead of ${wanted}`);
  };
  await expect('came early: alarms that rang', `SELECT count(*) FROM de_instance WHERE id LIKE '@alarm@%'`, 0);
  await expect(
    'came early: alarms that wait',
    `SELECT count(*) FROM de_inbox WHERE target = '@alarm@${alarm}'`,
    planted,
  );
  await expect(
    'came early: entities kept',
    `SELECT count(*) FROM de_instance WHERE id LIKE '@keepsake@%' AND state IS NOT NULL`,
    planted,
  );
  await expect(
    'came early: timers that wait',
    `SELECT count(*) FROM de_instance WHERE id LIKE 'plant-%' AND status NOT IN ('completed', 'failed')`,
    planted,
  );
  return problems;
}

/** Takes all of them out of the database, which no process may have open: a story that ends waits for nothing. */
export async function uproot(storage: ChaosStorage): Promise<void> {
  await storage.use(async (handle) => {
    await handle.all(
      `DELETE FROM de_inbox WHERE target LIKE 'plant-%' OR target LIKE '@alarm@%' OR target LIKE '@keepsake@%'`,
    );
    await handle.all(`DELETE FROM de_history WHERE instance LIKE 'plant-%'`);
    await handle.all(`DELETE FROM de_instance WHERE id LIKE 'plant-%' OR id LIKE '@alarm@%' OR id LIKE '@keepsake@%'`);
  });
}

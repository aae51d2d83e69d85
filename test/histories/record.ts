/**
 * `node dist/test/histories/record.js`: runs each program of `programs.ts` that has no file, in virtual time, and writes its
 * history; `npm run format` afterwards. Files that exist stay as they are: they were written by the library of their day.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from '../../src/engines/sql/core/history.js';
import type { RunRecord } from '../../src/engines/sql/model/run-record.js';
import { World } from '../engine/world.js';
import { folder, type HistoryFile, type RecordedExecution } from './history-file.js';
import { definitions, programs } from './programs.js';

// Where this was run is nobody's business.
Error.stackTraceLimit = 0;

for (const [feature, { events }] of Object.entries(programs)) {
  const path = join(folder, `${feature}.json`);
  if (existsSync(path)) continue;
  writeFileSync(path, `${JSON.stringify(await recorded(feature, events), null, 2)}\n`);
  console.log(`wrote ${path}`);
}

async function recorded(feature: string, events: readonly (readonly [string, unknown])[]): Promise<HistoryFile> {
  const world = new World(definitions);
  const instanceId = `golden-${feature}`;
  const histories = new Map<string, HistoryEvent[]>();
  world.onStore = (store) => {
    const commit = store.commit.bind(store);
    store.commit = (batch) => {
      for (const { instance, execution, events: text } of batch.history) {
        if (instance !== instanceId) continue;
        histories.set(execution, [...(histories.get(execution) ?? []), ...(JSON.parse(text) as HistoryEvent[])]);
      }
      return commit(batch);
    };
  };
  const { client } = await world.start();
  const run = await world.until(client.startNew(feature, { instanceId }));
  for (const [name, value] of events) {
    await world.pass(5_000);
    await world.until(run.raiseEvent(name, value));
  }
  await world.until(run.result().catch(() => {}));
  const record = JSON.parse(world.row(instanceId)?.state as string) as RunRecord;
  const executions = Array.from(histories, ([executionId, history]): RecordedExecution => {
    const identity = { instanceId, executionId, name: feature, version: 1 };
    return {
      run: identity,
      events: history,
      outcome: executionId === record.execution ? outcomeOf(record) : null,
    };
  });
  return { feature, executions };
}

function outcomeOf(record: RunRecord): RecordedExecution['outcome'] {
  return record.status === 'completed'
    ? { kind: 'completed', output: record.output }
    : { kind: 'failed', error: record.error as string };
}

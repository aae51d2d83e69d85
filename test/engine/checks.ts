/** Checks of the database after all work has ended. */
import { expect } from 'chai';
import { compareActions, type HistoryEvent } from '../../src/engines/sql/core/history.js';
import { Directory } from '../../src/core/directory.js';
import { defaultLimits } from '../../src/model/limits.js';
import { replayedTurn } from '../../src/engines/sql/orchestrations/replayed-turn.js';
import type { RunAction } from '../../src/model/orchestration-events.js';
import { readMeta } from '../../src/engines/sql/model/entity-meta.js';
import type { RunRecord } from '../../src/engines/sql/model/run-record.js';
import type { RunIdentity, SessionObserver } from '../../src/ports/user-code.js';
import { announcedNames, Programs, type Definition } from '../../src/contexts/programs.js';
import type { World } from './world.js';
import { parseHistory } from '../../src/engines/sql/core/history-text.js';

/** No message waits, no entity is locked, and every history replays to the same result, apart from those of the given names. */
export async function checkCalm(world: World, besides: readonly string[] = []): Promise<void> {
  expect(
    [...world.database.inbox.values()].map(({ target, body }) => `${target} ${body}`),
    'rows left',
  ).to.deep.equal([]);
  for (const row of world.database.instances.values()) {
    const { lock } = readMeta(row.meta);
    expect([lock, world.database.named.get(row.id)], `lock and names of ${row.id}`).to.deep.equal([
      undefined,
      undefined,
    ]);
    expect(row.state, `state of ${row.id}`).not.to.equal(null);
  }
  await checkHistories(world, besides);
}

export async function checkHistories(world: World, besides: readonly string[] = []): Promise<void> {
  const definitions = world.definitions as readonly Definition[];
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const support = {
    classes: world.classes,
    directory: new Directory(announcedNames(definitions)),
    limits: defaultLimits,
  };
  const programs = new Programs(definitions, support, logger);
  for (const row of world.database.instances.values()) {
    if (row.kind !== 'orchestration' || row.state === null || besides.includes(row.name)) continue;
    const record = JSON.parse(row.state) as RunRecord;
    const chunks = [...(world.database.history.get(row.id)?.values() ?? [])];
    const current = chunks.filter(({ execution }) => execution === record.execution);
    expect(chunks.length, `chunks of executions of ${row.id} that are over`).to.equal(current.length);
    expect(
      current.map(({ chunk }) => chunk),
      `chunks of ${row.id}`,
    ).to.deep.equal(current.map((_, index) => index));
    expect(record.chunks, `chunks of ${row.id} by its record`).to.equal(current.length);
    const events = current.flatMap((chunk) => parseHistory(chunk.events));
    await replay(
      world,
      programs,
      { instanceId: row.id, executionId: record.execution, name: record.name },
      record,
      events,
    );
  }
}

/** Feeds the recorded events to new code, one per drain, and compares its actions and its end. */
async function replay(
  { time }: World,
  programs: Programs,
  run: RunIdentity,
  record: RunRecord,
  events: readonly HistoryEvent[],
): Promise<void> {
  const violations: unknown[] = [];
  const observer: SessionObserver = { violated: (error) => void violations.push(error), log() {} };
  const session = programs.orchestration(run.name)?.start(run, observer);
  if (session === undefined) throw new Error(`no code for ${run.name}`);
  for (let i = 0; i < events.length;) {
    const event = events[i++];
    if (event?.h !== 'fed') {
      expect(event?.h, `history of ${run.instanceId}`).to.equal('lock');
      continue;
    }
    const recorded: RunAction[] = [];
    for (let next = events[i]; next?.h === 'did'; next = events[++i]) recorded.push(next.action);
    session.feed(event.event, event.at, replayedTurn(recorded));
    await time.drain();
    expect(compareActions(recorded, session.collect()), `actions of ${run.instanceId}`).to.equal(undefined);
  }
  expect(violations).to.deep.equal([]);
  const kind = session.outcome?.kind;
  if (record.status === 'completed') {
    expect(kind, run.instanceId).to.equal('completed');
    expect(session.outcome).to.deep.include({ output: record.output });
  } else if (record.status === 'running') expect(kind, run.instanceId).to.equal(undefined);
  session.close();
}

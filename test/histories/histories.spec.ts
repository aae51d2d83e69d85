import { expect } from 'chai';
import { Directory } from '../../src/core/directory.js';
import { compareActions } from '../../src/core/orchestration/history.js';
import { replayedTurn } from '../../src/engine/replayed-turn.js';
import { defaultLimits } from '../../src/model/limits.js';
import { decodeError } from '../../src/model/error-details.js';
import type { RunAction } from '../../src/model/orchestration-events.js';
import { announcedNames, Programs } from '../../src/runtime/programs.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { World } from '../engine/world.js';
import { historyFiles, type RecordedExecution } from './history-file.js';
import { definitions, programs } from './programs.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const support = {
  classes: new World([]).classes,
  directory: new Directory(announcedNames(definitions)),
  limits: defaultLimits,
};
const userCode = new Programs(definitions, support, quiet);

/** Tells the code what it was told, turn by turn: it asks for what it asked for, and ends as it ended. */
async function replay({ run, events, outcome }: RecordedExecution): Promise<void> {
  const violations: unknown[] = [];
  const observer = { violated: (error: unknown) => void violations.push(error), log() {} };
  const session = userCode.orchestration(run.name, run.version)?.start(run, observer);
  if (session === undefined) throw new Error(`there is no program ${run.name}`);
  for (let i = 0; i < events.length;) {
    const event = events[i++];
    if (event?.h !== 'fed') continue;
    const recorded: RunAction[] = [];
    for (let next = events[i]; next?.h === 'did'; next = events[++i]) recorded.push(next.action);
    session.feed(event.event, event.at, replayedTurn(recorded));
    await ioTurn();
    expect(compareActions(recorded, session.collect()), `after event ${i}`).to.equal(undefined);
  }
  expect(violations).to.deep.equal([]);
  if (outcome?.kind === 'failed') {
    const now = session.outcome?.kind === 'failed' ? session.outcome.error : undefined;
    expect(now === undefined ? undefined : String(decodeError(now))).to.equal(String(decodeError(outcome.error)));
  } else expect(session.outcome).to.deep.equal(outcome ?? undefined);
  session.close();
}

describe('F44 histories recorded by earlier versions replay', () => {
  const files = historyFiles();

  it('there is one of each program (node dist/test/histories/record.js writes what is missing)', () => {
    expect(files.map(({ feature }) => feature).sort()).to.deep.equal(Object.keys(programs).sort());
  });

  for (const { feature, executions } of files) {
    it(feature, async () => {
      expect(executions.length).to.be.greaterThan(0);
      for (const execution of executions) await replay(execution);
    });
  }

  it('and a difference would be seen', async () => {
    const [execution] = files.find(({ feature }) => feature === 'calls')?.executions ?? [];
    const text = JSON.stringify(execution).replace('"operation":"add"', '"operation":"subtract"');
    const changed = JSON.parse(text) as RecordedExecution;
    const outcome = await replay(changed).then(
      () => 'it passed',
      (error: unknown) => (error as Error).message,
    );
    expect(outcome).to.include('after event');
  });
});

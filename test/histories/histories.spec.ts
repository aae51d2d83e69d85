import { expect } from 'chai';
import type { OrchestrationDefinition } from '../../src/index.js';
import { decodeError } from '../../src/model/error-details.js';
import { decodeValue } from '../../src/model/values.js';
import { replay } from '../../src/testing/index.js';
import { historyFiles, type RecordedExecution } from './history-file.js';
import { definitions, programs } from './programs.js';

/** Tells the code what it was told, turn by turn: it asks for what it asked for, and ends as it ended. */
async function check(execution: RecordedExecution): Promise<void> {
  const { run, outcome } = execution;
  const definition = definitions.find(({ kind, name }) => kind === 'orchestration' && name === run.name);
  const end = await replay(execution, definition as OrchestrationDefinition, { register: definitions });
  const now = end.status === 'failed' ? { status: 'failed', error: String(end.error) } : end;
  expect(now).to.deep.equal(ending(outcome));
}

function ending(outcome: RecordedExecution['outcome']): object {
  if (outcome === null) return { status: 'running' };
  if (outcome.kind === 'completed') return { status: 'completed', output: decodeValue(outcome.output) };
  return { status: 'failed', error: String(decodeError(outcome.error)) };
}

describe('F44 histories recorded by earlier versions replay', () => {
  const files = historyFiles();

  it('there is one of each program (node dist/test/histories/record.js writes what is missing)', () => {
    expect(files.map(({ feature }) => feature).sort()).to.deep.equal(Object.keys(programs).sort());
  });

  for (const { feature, executions } of files) {
    it(feature, async () => {
      expect(executions.length).to.be.greaterThan(0);
      for (const execution of executions) await check(execution);
    });
  }

  it('and a difference would be seen', async () => {
    const [execution] = files.find(({ feature }) => feature === 'calls')?.executions ?? [];
    const text = JSON.stringify(execution).replace('"operation":"add"', '"operation":"subtract"');
    const changed = JSON.parse(text) as RecordedExecution;
    const outcome = await check(changed).then(
      () => 'it passed',
      (error: unknown) => (error as Error).message,
    );
    expect(outcome).to.include('no longer matches its history').and.include('subtract');
  });
});

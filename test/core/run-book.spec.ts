/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
import { expect } from 'chai';
import fc from 'fast-check';
import { ExecutionLedger } from '../../src/engines/sql/core/execution-ledger.js';
import { compareActions } from '../../src/engines/sql/core/history.js';
import { describeAction } from '../../src/engines/sql/core/describe-action.js';
import type { RunAction, SessionEvent } from '../../src/model/orchestration-events.js';
import type { RunMessage } from '../../src/engines/sql/model/messages.js';

const book = () => new ExecutionLedger('run', 'now');
const answer = (task: number, execution = 'now'): RunMessage => ({
  kind: 'answer',
  execution,
  task,
  answer: { ok: true, value: '1' },
});
const timer = (task: number, execution = 'now'): RunMessage => ({ kind: 'timer', execution, task, dueMs: 7 });
const grant = (entity: string, section = 0, execution = 'now'): RunMessage => ({
  kind: 'grant',
  owner: { instance: 'run', execution, section },
  entity,
});

describe('the books of an execution', () => {
  it('feed an answer once, and drop answers and timers of another execution or of nothing asked', () => {
    const books = book();
    books.noteAction({ task: 0, kind: 'activity', name: 'A', input: undefined }, 5);
    books.noteAction({ task: 1, kind: 'timer', dueMs: 7 }, 6);
    expect(books.read(answer(0, 'before')).kind).to.equal('drop');
    expect(books.read(timer(1, 'before')).kind).to.equal('drop');
    expect(books.read(answer(9)).kind).to.equal('drop');
    const reading = books.read(answer(0));
    expect(reading).to.deep.equal({ kind: 'feed', event: { kind: 'completed', task: 0, value: '1' } });
    expect(books.read(answer(0)), 'reading changes nothing').to.deep.equal(reading);
    books.noteFed({ kind: 'completed', task: 0, value: '1' }, 1);
    expect(books.read(answer(0)).kind).to.equal('drop');
    expect(books.read(timer(1))).to.deep.equal({ kind: 'feed', event: { kind: 'fired', task: 1 }, notBeforeMs: 7 });
    books.noteFed({ kind: 'fired', task: 1 }, 1);
    expect(books.read(timer(1)).kind).to.equal('drop');
  });

  it('drop a timer that was cancelled', () => {
    const books = book();
    books.noteAction({ task: 0, kind: 'timer', dueMs: 7 }, 6);
    expect(books.rowOf(0)).to.equal(6);
    books.noteAction({ task: 1, kind: 'cancelTimer', timer: 0 }, 0);
    expect(books.rowOf(0)).to.equal(0);
    expect(books.read(timer(0)).kind).to.equal('drop');
    expect([...books.openRows()]).to.deep.equal([]);
  });

  it('ask for one lock after the other, and tell the code of the last grant', () => {
    const books = book();
    books.noteAction({ task: 0, kind: 'lock', targets: ['@a@1', '@a@2', '@a@3'] }, 0);
    expect(books.asked()).to.deep.equal(['@a@1']);
    expect(books.read(grant('@a@1'))).to.deep.equal({ kind: 'ask', target: '@a@2' });
    books.noteLock();
    expect(books.asked()).to.deep.equal(['@a@1', '@a@2']);
    expect(books.read(grant('@a@1')).kind, 'a grant twice').to.equal('drop');
    expect(books.read(grant('@a@2'))).to.deep.equal({ kind: 'ask', target: '@a@3' });
    books.noteLock();
    const last = books.read(grant('@a@3'));
    expect(last).to.deep.equal({ kind: 'feed', event: { kind: 'granted', task: 0 } });
    books.noteFed({ kind: 'granted', task: 0 }, 1);
    expect(books.asked()).to.deep.equal(['@a@1', '@a@2', '@a@3']);
    expect(books.read(grant('@a@3')).kind).to.equal('drop');
    books.noteAction({ task: 1, kind: 'release', section: 0 }, 0);
    expect(books.asked()).to.deep.equal([]);
  });

  it('answer a grant for a section that is over with a release', () => {
    const books = book();
    expect(books.read(grant('@a@1'))).to.deep.include({ kind: 'stray', entity: '@a@1' });
    books.noteAction({ task: 4, kind: 'lock', targets: ['@a@1'] }, 0);
    expect(books.read(grant('@a@1', 0)).kind).to.equal('stray');
    expect(books.read(grant('@a@1', 4, 'before')).kind).to.equal('stray');
    expect(books.read(grant('@a@1', 4)).kind).to.equal('feed');
  });

  it('know the rows that nobody waits for once the execution is over', () => {
    const books = book();
    books.noteAction({ task: 0, kind: 'timer', dueMs: 1 }, 11);
    books.noteAction({ task: 1, kind: 'activity', name: 'A', input: undefined }, 12);
    books.noteAction({ task: 2, kind: 'timer', dueMs: 1 }, 0);
    books.noteAction({ task: 3, kind: 'call', target: '@a@1', operation: 'x', input: undefined }, 0);
    books.noteAction({ task: 4, kind: 'activity', name: 'B', input: undefined }, 13);
    books.noteFed({ kind: 'failed', task: 4, error: '{}' }, 1);
    expect([...books.openRows()]).to.deep.equal([
      { task: 0, kind: 'timer', row: 11 },
      { task: 1, kind: 'activity', row: 12 },
    ]);
  });

  it('are the same whether kept live or by replay of the same history', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constantFrom('call', 'activity', 'timer', 'lock', 'release', 'cancel'), n: fc.nat(9) }),
      fc.record({ do: fc.constantFrom('answer', 'fire', 'grant', 'event'), n: fc.nat(9) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const live = book();
        const history: (() => void)[] = [];
        const replayed = book();
        let task = 0;
        let row = 100;
        const act = (action: RunAction, at: number) => {
          live.noteAction(action, at);
          history.push(() => replayed.noteAction(action, at));
        };
        const feed = (event: SessionEvent) => {
          live.noteFed(event, task);
          const timeMs = task;
          history.push(() => replayed.noteFed(event, timeMs));
        };
        for (const { do: what, n } of steps) {
          if (what === 'call') act({ task: task++, kind: 'call', target: '@a@1', operation: 'x', input: undefined }, 0);
          if (what === 'activity') act({ task: task++, kind: 'activity', name: 'A', input: undefined }, ++row);
          if (what === 'timer') act({ task: task++, kind: 'timer', dueMs: n }, ++row);
          if (what === 'lock' && live.lock === undefined)
            act({ task: task++, kind: 'lock', targets: ['@a@1', '@a@2'] }, 0);
          if (what === 'release' && live.lock !== undefined)
            act({ task: task++, kind: 'release', section: live.lock.section }, 0);
          if (what === 'cancel') act({ task: task++, kind: 'cancelTimer', timer: n }, 0);
          const message =
            what === 'answer'
              ? answer(n)
              : what === 'fire'
                ? timer(n)
                : what === 'event'
                  ? ({ kind: 'event', name: 'e', value: undefined } as const)
                  : what === 'grant'
                    ? grant(n % 2 === 0 ? '@a@1' : '@a@2', live.lock?.section ?? 0)
                    : undefined;
          if (message === undefined) continue;
          const reading = live.read(message);
          if (reading.kind === 'feed') feed(reading.event);
          if (reading.kind === 'ask') {
            live.noteLock();
            history.push(() => replayed.noteLock());
          }
        }
        for (const each of history) each();
        expect(replayed).to.deep.equal(live);
      }),
    );
  });
});

describe('comparing actions', () => {
  const call = (task: number, input?: string): RunAction => ({
    task,
    kind: 'call',
    target: '@a@1',
    operation: 'x',
    input,
  });

  it('compareActions returns the first difference of two lists, or undefined', () => {
    expect(compareActions([call(0), call(1)], [call(0), call(1)])).to.equal(undefined);
    expect(compareActions([call(0, '1'), call(1)], [call(0, '2'), call(1)])).to.deep.equal({
      recorded: '#0 call @a@1 x(1)',
      requested: '#0 call @a@1 x(2)',
    });
    expect(compareActions([call(0)], [])).to.deep.equal({ recorded: '#0 call @a@1 x()', requested: undefined });
    expect(compareActions([], [call(0)])).to.deep.equal({ recorded: undefined, requested: '#0 call @a@1 x()' });
  });

  it('compareActions distinguishes any two different actions', () => {
    const text = fc.string({ maxLength: 3 });
    const json = fc.option(
      fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
      { nil: undefined },
    );
    const nat = fc.nat(3);
    const due = fc.option(nat, { nil: undefined });
    const action = fc.oneof(
      fc.record({ task: nat, kind: fc.constant('call'), target: text, operation: text, input: json, section: due }),
      fc.record({ task: nat, kind: fc.constant('signal'), target: text, operation: text, input: json, dueMs: due }),
      fc.record({
        task: nat,
        kind: fc.constant('signal'),
        target: text,
        operation: text,
        input: json,
        dueMs: nat,
        name: text,
      }),
      fc.record({ task: nat, kind: fc.constant('cancelSignal'), target: text, name: text }),
      fc.record({ task: nat, kind: fc.constant('activity'), name: text, input: json }),
      fc.record({
        task: nat,
        kind: fc.constant('sub'),
        name: text,
        input: json,
        instanceId: fc.option(text, { nil: undefined }),
      }),
      fc.record({ task: nat, kind: fc.constant('start'), name: text, input: json, instanceId: text }),
      fc.record({ task: nat, kind: fc.constant('event'), name: text, instanceId: text, value: json }),
      fc.record({ task: nat, kind: fc.constant('timer'), dueMs: nat }),
      fc.record({ task: nat, kind: fc.constant('cancelTimer'), timer: nat }),
      fc.record({ task: nat, kind: fc.constant('lock'), targets: fc.array(text, { minLength: 1, maxLength: 2 }) }),
      fc.record({ task: nat, kind: fc.constant('release'), section: nat }),
    ) as fc.Arbitrary<RunAction>;
    fc.assert(
      fc.property(action, action, (a, b) => {
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(compareActions([a], [b]) === undefined).to.equal(same);
        // An action read from storage has no properties that are `undefined`.
        expect(compareActions([JSON.parse(JSON.stringify(a)) as RunAction], [a])).to.equal(undefined);
        expect(describeAction(a)).to.be.a('string');
      }),
      { numRuns: 2_000 },
    );
  });
});

function sorted(action: RunAction): unknown {
  return Object.entries(action)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

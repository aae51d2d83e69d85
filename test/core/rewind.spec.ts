import { expect } from 'chai';
import { RewindResults, keptOf } from '../../src/engines/sql/core/rewind.js';
import { type RecordedAnswers } from '../../src/engines/sql/core/history.js';
import type { HistoryEvent } from '../../src/engines/sql/core/history.js';
import type { RunAction, SessionEvent } from '../../src/model/orchestration-events.js';

let now = 0;
const fed = (event: SessionEvent): HistoryEvent => ({ h: 'fed', at: ++now, event });
const did = (action: RunAction, child?: string): HistoryEvent => ({ h: 'did', action, child });
const started = fed({ kind: 'started', input: '1' });
const completed = (task: number, value = 'v') => fed({ kind: 'completed', task, value });
const failed = (task: number) => fed({ kind: 'failed', task, error: '{}' });
const granted = (task: number) => fed({ kind: 'granted', task });
const activity = (task: number, name: string): RunAction => ({ task, kind: 'activity', name, input: undefined });
const lock = (task: number): RunAction => ({ task, kind: 'lock', targets: ['@a@b'] });
const release = (task: number, section: number): RunAction => ({ task, kind: 'release', section });
const signal = (task: number, target: string): RunAction => ({
  task,
  kind: 'signal',
  target,
  operation: 'o',
  input: undefined,
});
const call = (task: number, section?: number): RunAction => ({
  task,
  kind: 'call',
  target: '@a@b',
  operation: 'o',
  input: undefined,
  section,
});

function kept(...history: HistoryEvent[]): RecordedAnswers {
  const found = keptOf(history);
  if ('problem' in found) throw new Error(found.problem);
  return found.kept;
}

function problem(...history: HistoryEvent[]): string {
  const found = keptOf(history);
  if ('kept' in found) throw new Error('nothing is wrong with it');
  return found.problem;
}

describe('what a rewound execution keeps', () => {
  it('are successes in the order told, whatever numbers the code gives them now', () => {
    const results = new RewindResults(
      kept(
        started,
        did(activity(0, 'A')),
        did(activity(1, 'B')),
        failed(0),
        did(activity(2, 'C')),
        completed(2, 'c'),
        completed(1, 'b'),
      ),
    );
    expect(results.next()?.event.kind).to.equal('started');
    results.take();
    expect(results.next(), 'nothing was asked for').to.equal(undefined);
    expect(results.claim(activity(0, 'A')).kind).to.equal('perform');
    expect(results.claim(activity(1, 'B')).kind).to.equal('kept');
    expect(results.next()?.event).to.deep.equal({ kind: 'completed', task: 1, value: 'b' });
    results.take();
    expect(results.next()).to.equal(undefined);
    expect(results.claim(activity(2, 'C')).kind).to.equal('kept');
    expect(results.next()?.event).to.deep.equal({ kind: 'completed', task: 2, value: 'c' });
    results.take();
    expect(results.claim(activity(3, 'C')).kind, 'each answer once').to.equal('perform');
    expect(results.rest()).to.deep.include({ told: [], done: [], children: [] });
  });

  it('sends no signal a second time, but each one that is new', () => {
    const results = new RewindResults(
      kept(started, did(signal(0, '@x@1')), did(signal(1, '@x@1')), did(activity(2, 'A'))),
    );
    expect(results.claim(signal(0, '@x@1')).kind).to.equal('kept');
    expect(results.claim(signal(1, '@x@1')).kind).to.equal('kept');
    expect(results.claim(signal(2, '@x@1')).kind).to.equal('perform');
    expect(results.claim(signal(3, '@x@2')).kind).to.equal('perform');
  });

  it('cancels no signal a second time', () => {
    const cancel = (task: number, name: string): RunAction => ({ task, kind: 'cancelSignal', target: '@x@1', name });
    const results = new RewindResults(kept(started, did(cancel(0, 'a')), did(activity(1, 'A'))));
    expect(results.claim(cancel(0, 'a')).kind).to.equal('kept');
    expect(results.claim(cancel(1, 'a')).kind).to.equal('perform');
    expect(results.claim(cancel(2, 'b')).kind).to.equal('perform');
  });

  it('takes up a sub-orchestration without a result under its id', () => {
    const sub = (task: number): RunAction => ({ task, kind: 'sub', name: 'S', input: undefined });
    const results = new RewindResults(
      kept(started, did(sub(0), 'child-1'), did(sub(1), 'child-2'), completed(1), failed(0)),
    );
    expect(results.claim(sub(0)), 'the one that has a result comes first').to.deep.equal({ kind: 'kept' });
    expect(results.claim(sub(1))).to.deep.equal({ kind: 'again', child: 'child-1' });
    expect(results.claim(sub(2))).to.deep.equal({ kind: 'perform' });
  });

  it('passes a whole section without its lock, and stops where the code does something else in it', () => {
    const results = new RewindResults(
      kept(
        started,
        did(lock(0)),
        granted(0),
        did(call(1, 0)),
        completed(1),
        did(release(2, 0)),
        did(activity(3, 'A')),
        failed(3),
      ),
    );
    expect(results.claim(lock(0)).kind).to.equal('kept');
    expect(results.claim(call(1, 0)).kind).to.equal('kept');
    expect(results.claim(call(2, 0)).kind).to.equal('impossible');
    expect(results.claim(release(3, 0)).kind).to.equal('kept');
    expect(results.claim(lock(4)).kind, 'a second section is a real one').to.equal('perform');
    expect(results.claim(call(5, 4)).kind).to.equal('perform');
    expect(results.claim(release(6, 4)).kind).to.equal('perform');
  });

  it('is kept still when the execution is rewound again', () => {
    const first = kept(started, did(activity(0, 'A')), failed(0), did(activity(1, 'B')), completed(1, 'b'));
    const second = kept(
      { h: 'kept', kept: first },
      { ...(started as HistoryEvent & { h: 'fed' }), kept: true },
      did(activity(0, 'A')),
      completed(0, 'a'),
      did(activity(1, 'X')),
      failed(1),
    );
    const results = new RewindResults(second);
    results.take();
    expect(results.claim(activity(0, 'A')).kind).to.equal('kept');
    expect(results.claim(activity(1, 'X')).kind).to.equal('perform');
    expect(results.claim(activity(2, 'B')).kind).to.equal('kept');
  });

  it('is nothing where the failure lies in a section: open, being entered, or with a call that has no success', () => {
    const inside = /critical section/;
    expect(problem(started, did(lock(0)))).to.match(inside);
    expect(problem(started, did(lock(0)), granted(0), did(activity(1, 'A')), failed(1), did(release(2, 0)))).to.match(
      inside,
    );
    expect(problem(started, did(lock(0)), granted(0), did(call(1, 0)), did(release(2, 0)))).to.match(inside);
    expect(problem(started, did(lock(0)), granted(0), did(call(1, 0)), did(release(2, 0)), failed(1))).to.match(inside);
  });

  it('is nothing where a section came after a failure that would be repeated, unless a retry had a result', () => {
    const section = [did(lock(1)), granted(1), did(call(2, 1)), completed(2), did(release(3, 1))];
    expect(problem(started, did(activity(0, 'A')), failed(0), ...section)).to.match(/would be repeated/);
    const again = [did(activity(4, 'A')), completed(4)];
    expect(kept(started, did(activity(0, 'A')), failed(0), ...again, ...section).told).to.have.length(4);
  });
});

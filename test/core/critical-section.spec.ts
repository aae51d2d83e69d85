/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  callAnswered,
  decideCall,
  decideLock,
  decideSignal,
  decideSubOrchestration,
  granted,
  outside,
  type Section,
  type Verdict,
} from '../../src/core/critical-section/section.js';

const next = (verdict: Verdict): Section => {
  if ('refused' in verdict) throw new Error(verdict.refused);
  return verdict.next;
};
const refusal = (verdict: Verdict): string | undefined => ('refused' in verdict ? verdict.refused : undefined);

const acquiring = next(decideLock(outside, 3, ['@a@1', '@a@2']));
const inside = granted(acquiring, 3);

describe('critical sections', () => {
  it('decideLock refuses a critical section inside or before the grant of another one', () => {
    expect(refusal(decideLock(acquiring, 4, ['@a@9']))).to.equal('DE_LOCK_NESTED');
    expect(refusal(decideLock(inside, 4, ['@a@9']))).to.equal('DE_LOCK_NESTED');
    expect(decideLock(outside, 4, ['@a@9'])).to.have.property('next');
  });

  it('a critical section refuses sub-orchestrations', () => {
    expect(refusal(decideSubOrchestration(acquiring))).to.equal('DE_LOCK_SUBORCHESTRATION');
    expect(refusal(decideSubOrchestration(inside))).to.equal('DE_LOCK_SUBORCHESTRATION');
    expect(decideSubOrchestration(outside)).to.deep.equal({ next: outside });
  });

  it('a critical section allows calls to locked entities only, after the grant', () => {
    expect(refusal(decideCall(inside, 4, '@a@9'))).to.equal('DE_NOT_LOCKED');
    expect(refusal(decideCall(acquiring, 4, '@a@1'))).to.equal('DE_NOT_LOCKED');
    expect(decideCall(inside, 4, '@a@1')).to.have.property('next');
    expect(decideCall(outside, 4, '@a@9')).to.deep.equal({ next: outside });
  });

  it('a critical section allows one pending call per locked entity, and parallel calls to different ones', () => {
    const one = next(decideCall(inside, 4, '@a@1'));
    expect(refusal(decideCall(one, 5, '@a@1'))).to.equal('DE_CALL_PENDING');
    const both = next(decideCall(one, 5, '@a@2'));
    const answered = callAnswered(both, 4);
    expect(decideCall(answered, 6, '@a@1')).to.have.property('next');
    expect(refusal(decideCall(answered, 6, '@a@2'))).to.equal('DE_CALL_PENDING');
  });

  it('a critical section refuses signals to locked entities and allows signals to others', () => {
    expect(refusal(decideSignal(inside, '@a@1'))).to.equal('DE_SIGNAL_LOCKED');
    expect(refusal(decideSignal(acquiring, '@a@1'))).to.equal('DE_SIGNAL_LOCKED');
    expect(decideSignal(inside, '@a@9')).to.deep.equal({ next: inside });
    expect(decideSignal(outside, '@a@1')).to.deep.equal({ next: outside });
  });

  it('only the grant of its own lock enters a critical section', () => {
    expect(granted(acquiring, 2)).to.equal(acquiring);
    expect(granted(outside, 3)).to.equal(outside);
    expect(granted(inside, 3)).to.equal(inside);
    expect(inside).to.deep.include({ kind: 'inside', task: 3 });
  });

  it('a critical section ignores answers to calls that are not pending in it', () => {
    const one = next(decideCall(inside, 4, '@a@1'));
    expect(callAnswered(one, 2)).to.equal(one);
    expect(callAnswered(one, 5)).to.equal(one);
    expect(callAnswered(acquiring, 4)).to.equal(acquiring);
    expect(callAnswered(outside, 4)).to.equal(outside);
  });

  it('a refusal changes no critical section, and no decision changes one in place', () => {
    const target = fc.constantFrom('@a@1', '@a@2', '@a@3');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('call' as const), target }),
      fc.record({ kind: fc.constant('answer' as const), target }),
      fc.record({ kind: fc.constant('signal' as const), target }),
      fc.record({ kind: fc.constant('lock' as const), target }),
      fc.record({ kind: fc.constant('sub' as const), target }),
      fc.record({ kind: fc.constant('grant' as const), target }),
      fc.record({ kind: fc.constant('release' as const), target }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let section: Section = outside;
        let task = 0;
        let lock = 0;
        // The model: which calls are pending, by their targets.
        let pending = new Map<string, number>();
        let lockSet = new Set<string>();
        for (const { kind, target: to } of steps) {
          const before = structuredClone(section);
          const was = section;
          let verdict: Verdict | undefined;
          if (kind === 'call') verdict = decideCall(section, ++task, to);
          if (kind === 'signal') verdict = decideSignal(section, to);
          if (kind === 'lock') verdict = decideLock(section, ++task, [to, '@a@1']);
          if (kind === 'sub') verdict = decideSubOrchestration(section);
          expect(was).to.deep.equal(before);
          const open: boolean = section.kind === 'outside';
          const held = section.kind === 'inside';
          if (kind === 'call') {
            const allowed = open || (held && lockSet.has(to) && !pending.has(to));
            expect('next' in (verdict as Verdict)).to.equal(allowed);
            if (allowed && held) pending.set(to, task);
          }
          if (kind === 'signal') expect('next' in (verdict as Verdict)).to.equal(open || !lockSet.has(to));
          if (kind === 'sub') expect('next' in (verdict as Verdict)).to.equal(open);
          if (kind === 'lock') {
            expect('next' in (verdict as Verdict)).to.equal(open);
            if (open) {
              lockSet = new Set([to, '@a@1']);
              lock = task;
            }
          }
          if (verdict !== undefined && 'next' in verdict) section = verdict.next;
          if (kind === 'grant') section = granted(section, lock);
          if (kind === 'answer') {
            section = callAnswered(section, pending.get(to) ?? ++task);
            pending.delete(to);
          }
          if (kind === 'release') {
            section = outside;
            pending = new Map();
            lockSet = new Set();
          }
          if (section.kind === 'inside') {
            expect(section.pendingCalls).to.deep.equal(
              Array.from(pending, ([target, call]) => ({ task: call, target })),
            );
          }
        }
      }),
    );
  });
});

import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { announcedNames, type Definition } from '../../src/contexts/programs.js';
import { neededOrchestration, WorkerNames } from '../../src/engines/sql/core/worker-names.js';

const version = (number: number) => defineOrchestration('Run', { version: number }, async () => number) as Definition;

function namesOf(...definitions: Definition[]): WorkerNames {
  return new WorkerNames(announcedNames(definitions));
}

describe('the names that a worker announces', () => {
  it('tell which entities and activities it has', () => {
    const names = namesOf(
      defineEntity('Counter', { effects: 'none' }, () => {}),
      defineActivity('Send', () => {}),
    );
    expect(
      ['entity:counter', 'activity:Send', 'activity:counter', 'entity:Send'].map((each) => names.has(each)),
    ).to.deep.equal([true, true, false, false]);
  });

  it('tell which versions of an orchestration it has, version 1 too', () => {
    const has = (...numbers: number[]) =>
      [undefined, 1, 2, 3].map((number) => namesOf(...numbers.map(version)).has(neededOrchestration('Run', number)));
    expect(has(1)).to.deep.equal([true, true, false, false]);
    expect(has(1, 2)).to.deep.equal([true, true, true, false]);
    expect(has(2)).to.deep.equal([true, false, true, false]);
    expect(has(2, 3)).to.deep.equal([true, false, true, true]);
    expect(has()).to.deep.equal([false, false, false, false]);
  });
});

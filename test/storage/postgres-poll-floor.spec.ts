import { assert } from 'chai';
import { PollFloor, type NumberedRow } from '../../src/storage/typeorm/postgres/poll.js';

describe('the floor of polls', () => {
  const row = (fields: Partial<NumberedRow>): NumberedRow =>
    ({ seq: null, dueMs: null, nextDueMs: null, last: 0, xmin: '10', xmax: '10', ...fields }) as NumberedRow;

  /** A poll of partition 0 from its begin to its end. Returns the floor that it used. */
  function poll(floor: PollFloor, fields: Partial<NumberedRow>): number {
    const begun = floor.begin([0]);
    floor.learn(begun, [row(fields)]);
    return begun.floors[0] as number;
  }

  function commit(floor: PollFloor): void {
    floor.commitBegins()();
  }

  it('rises when a commit was applied after the number was read, and all transactions before it have ended', () => {
    const floor = new PollFloor();
    poll(floor, { last: 7 });
    commit(floor);
    poll(floor, { last: 9, xmin: '11', xmax: '12' });
    assert.equal(poll(floor, { last: 9, xmin: '11', xmax: '13' }), 0);
    poll(floor, { last: 9, xmin: '12', xmax: '13' });
    assert.equal(poll(floor, { last: 9 }), 7);
  });

  it('does not rise without a commit: the end of a snapshot may lie before a transaction that runs', () => {
    const floor = new PollFloor();
    for (let n = 0; n < 9; n++) assert.equal(poll(floor, { last: 7, xmin: '10', xmax: '10' }), 0);
  });

  it('does not rise by a commit that began before the number was read', () => {
    const floor = new PollFloor();
    const early = floor.commitBegins();
    poll(floor, { last: 7 });
    early();
    for (let n = 0; n < 9; n++) assert.equal(poll(floor, { last: 7, xmin: '20', xmax: '20' }), 0);
  });

  it('stays below the first row that waits', () => {
    const floor = new PollFloor();
    poll(floor, { last: 7 });
    commit(floor);
    poll(floor, { last: 9, xmin: '12', xmax: '12', seq: 5 });
    assert.equal(poll(floor, { last: 9 }), 4);
  });

  it('is 0 for a partition that was not polled before', () => {
    const floor = new PollFloor();
    poll(floor, { last: 7 });
    commit(floor);
    poll(floor, { last: 9, xmin: '12', xmax: '12' });
    assert.deepEqual(floor.begin([0, 1]).floors, [7, 0]);
  });

  it('is forgotten when the numbers begin again, and the poll that saw it is repeated', () => {
    const floor = new PollFloor();
    poll(floor, { last: 7 });
    commit(floor);
    poll(floor, { last: 9, xmin: '12', xmax: '12' });
    const begun = floor.begin([0]);
    assert.deepEqual(begun.floors, [7]);
    assert.isFalse(floor.learn(begun, [row({ last: 3 })]));
    assert.deepEqual(floor.begin([0]).floors, [0]);
  });
});

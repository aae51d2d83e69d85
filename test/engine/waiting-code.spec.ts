import { expect } from 'chai';
import { WaitingCode } from '../../src/engines/sql/live/waiting-code.js';

describe('code that messages wait for', () => {
  it('forgets notes of messages that wait no more, also if nobody asks for them', () => {
    const code = new WaitingCode();
    const asked = new Set<number>();
    for (let row = 0; row < 100_000; row++) {
      code.note(row % 4, 'activity:Send', row, () => {
        asked.add(row);
        return row % 50_000 === 0;
      });
    }
    // Each note was checked, apart from the last ones, and only two still wait.
    expect(asked.size).to.be.above(98_000);
    asked.clear();
    expect(code.partitions).to.deep.equal([0]);
    expect(asked.size).to.be.below(1_100);
  });

  it('keeps what still waits, by partition and code, until the partition is lost', () => {
    const code = new WaitingCode();
    for (let row = 0; row < 3_000; row++) code.note(1, 'activity:Send', row, () => true);
    code.note(2, 'entity:cart', '@cart@a', () => true);
    expect(code.in(1)).to.deep.equal(['activity:Send']);
    expect(code.partitions).to.deep.equal([1, 2]);
    code.lost(1);
    expect(code.partitions).to.deep.equal([2]);
  });
});

import { expect } from 'chai';
import { RowIds } from '../../src/engines/sql/core/row-ids.js';
import { firstRowId, rowIdBlocks, rowIdsPerBlock } from '../../src/engines/sql/ports/store.js';

const small = { idsPerBlock: 8, firstId: (block: number) => -1_000 + block * 8 + 1 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('row ids', () => {
  it('P3: every id is a safe integer below zero, from the first block to the last', () => {
    const last = 2 ** 33 - 1;
    for (const block of [0, 1, 2 ** 21, last]) {
      const ids = new RowIds(rowIdBlocks, block, () => Promise.reject(new Error('not needed')));
      expect(ids.next()).to.equal(firstRowId(block));
      expect(Number.isSafeInteger(firstRowId(block))).to.equal(true);
      expect(firstRowId(block) + rowIdsPerBlock - 2).to.be.lessThan(0);
      expect(firstRowId(block + 1) - firstRowId(block)).to.equal(rowIdsPerBlock);
    }
  });

  it('P3: blocks are asked for ahead, one at a time, and no id is given out twice', async () => {
    const asked: number[] = [];
    const ids = new RowIds(small, 0, async () => asked.push(asked.length + 1));
    const given: number[] = [];
    for (let n = 0; n < 50; n++) {
      given.push(ids.next());
      await turn();
    }
    expect(new Set(given).size).to.equal(50);
    expect(given.every((id) => ids.isOwn(id))).to.equal(true);
    expect(ids.isOwn(small.firstId(99))).to.equal(false);
    expect(asked).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
  });

  it('P3: a block that the storage does not hand out is asked for again with the next id', async () => {
    let failures = 2;
    let block = 0;
    const ids = new RowIds(small, 0, async () => {
      if (failures-- > 0) throw new Error('busy');
      return ++block;
    });
    for (let n = 0; n < 20; n++) {
      ids.next();
      await turn();
    }
    expect(block).to.be.greaterThan(0);
  });

  it('P3: an id beyond all blocks is an error, never one that was given out', () => {
    const ids = new RowIds(small, 0, () => new Promise(() => {}));
    const given = Array.from({ length: 7 }, () => ids.next());
    expect(new Set(given).size).to.equal(7);
    expect(() => ids.next()).to.throw('No row id is left');
  });
});

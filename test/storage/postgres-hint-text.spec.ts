import { assert } from 'chai';
import { readHint, WaitingHints } from '../../src/storage/typeorm/postgres/hint-text.js';

describe('the text of hints', () => {
  it('is read as it was written', () => {
    const hints = new WaitingHints();
    assert.isTrue(hints.isEmpty);
    hints.add({ partitions: [1], interest: [['a', 'b']] });
    hints.add({ partitions: [1, 2], processes: ['p'] });
    assert.deepEqual(readHint(hints.take()), { partitions: [1, 2], processes: ['p'], interest: [['a', 'b']] });
    assert.isTrue(hints.isEmpty);
  });

  it('has no content where the content is too large: anything may have changed', () => {
    const hints = new WaitingHints();
    hints.add({ processes: ['ä'.repeat(5_000)] });
    assert.equal(hints.take(), '');
    for (let n = 0; n < 20_000; n++) hints.add({ processes: [`p${n}`] });
    assert.isFalse(hints.isEmpty);
    assert.equal(hints.take(), '');
    assert.isUndefined(readHint(''));
    assert.isUndefined(readHint('{broken'));
  });
});

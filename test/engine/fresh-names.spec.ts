import { expect } from 'chai';
import { Directory } from '../../src/core/directory.js';
import { FreshNames } from '../../src/engines/sql/live/fresh-names.js';
import { Message } from '../../src/engines/sql/live/message.js';
import type { EnginePorts } from '../../src/engines/sql/options.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { deferred } from './world.js';

const message = () => new Message('@counter@a', { kind: 'operation', operation: 'add', input: undefined });

/** Names that are read when the test says so. */
function reader(shared = true) {
  const directory = new Directory([]);
  const reads: ReturnType<typeof deferred<{ names: readonly string[] }>>[] = [];
  const readHub = () => {
    const read = deferred<{ names: readonly string[] }>();
    reads.push(read);
    return read.promise;
  };
  const term = {
    shared,
    ended: undefined as Error | undefined,
    ports: { store: { readHub }, directory } as unknown as EnginePorts,
    end(error: Error) {
      term.ended ??= error;
    },
  };
  return { names: new FreshNames(term), term, reads, directory };
}

describe('names that are read again before a message is refused', () => {
  it('are waited for until the read has ended, by each message once', async () => {
    const { names, reads, directory } = reader();
    const [first, again] = [message(), [] as number[]];
    expect(names.waits(first, () => again.push(1))).to.equal(true);
    expect(names.waits(first, () => again.push(2))).to.equal(true);
    expect(again).to.deep.equal([]);
    reads[0]?.resolve({ names: ['entity:counter'] });
    await ioTurn();
    expect(again).to.deep.equal([1]);
    expect(directory.knows('entity', 'counter')).to.equal(true);
    expect(names.waits(first, () => again.push(3))).to.equal(false);
  });

  it('are read after the message came: a read in progress does not serve it', async () => {
    const { names, reads } = reader();
    const again: string[] = [];
    names.waits(message(), () => again.push('first'));
    const second = message();
    names.waits(second, () => again.push('second'));
    reads[0]?.resolve({ names: [] });
    await ioTurn();
    expect(again).to.deep.equal(['first']);
    expect(names.waits(second, () => {})).to.equal(true);
    reads[1]?.resolve({ names: [] });
    await ioTurn();
    expect(again).to.deep.equal(['first', 'second']);
    expect(reads).to.have.length(2);
  });

  it('end the term if they cannot be read, and nobody is called then', async () => {
    const { names, reads, term } = reader();
    let isCalled = false;
    names.waits(message(), () => (isCalled = true));
    reads[0]?.reject(new Error('the storage failed'));
    await ioTurn();
    expect(term.ended?.message).to.equal('the storage failed');
    expect(isCalled).to.equal(false);
  });

  it('are not read where one worker knows all names', () => {
    expect(reader(false).names.waits(message(), () => {})).to.equal(false);
  });
});

import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import { whenAborted } from '../../src/core/when-aborted.js';

describe('callbacks of an abort signal', () => {
  it('callbacks share one listener, run in their order, and run no more after their removal', () => {
    const aborter = new AbortController();
    const heard: string[] = [];
    const twice = () => void heard.push('twice');
    for (let n = 0; n < 100; n++) whenAborted(aborter.signal, () => heard.push('removed'))();
    whenAborted(aborter.signal, twice);
    const remove = whenAborted(aborter.signal, twice);
    whenAborted(aborter.signal, () => heard.push('last'));
    remove();
    remove();
    expect(getEventListeners(aborter.signal, 'abort')).to.have.length(1);
    aborter.abort();
    aborter.abort();
    expect(heard).to.deep.equal(['twice', 'last']);
  });
});

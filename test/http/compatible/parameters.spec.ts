import { expect } from 'chai';
import { Parameters } from '../../../src/http/compatible/parameters.js';

const of = (query: string) => new Parameters(new URLSearchParams(query));

describe('query parameters of the compatible API', () => {
  it('names are case-insensitive, and the first of several values counts', () => {
    expect(of('TaskHub=a&taskhub=b').text('taskHub')).to.equal('a');
    expect(of('').text('taskHub')).to.equal(undefined);
  });

  it('a blank value is not filled', () => {
    expect(of('taskHub=%20').filled('taskHub')).to.equal(undefined);
    expect(of('taskHub=a').filled('taskHub')).to.equal('a');
  });

  it('a flag is true or false in any case, and anything else is absent', () => {
    expect(of('showInput=False').flag('showInput')).to.equal(false);
    expect(of('showInput= TRUE ').flag('showInput')).to.equal(true);
    for (const text of ['', '1', '0', 'yes', 'undefined']) {
      expect(of(`showInput=${text}`).flag('showInput')).to.equal(undefined);
    }
  });

  it('a count is a whole number of at least 1, and anything else is absent', () => {
    expect(of('top=7').count('top')).to.equal(7);
    for (const text of ['0', '-1', '1.5', '1e3', 'x', '', '99999999999999']) {
      expect(of(`top=${text}`).count('top')).to.equal(undefined);
    }
  });

  it('seconds have decimals, a negative number counts as 0, and anything else is absent', () => {
    expect(of('timeout=1.5').secondsMs('timeout')).to.equal(1_500);
    expect(of('timeout=.25').secondsMs('timeout')).to.equal(250);
    expect(of('timeout=1e3').secondsMs('timeout')).to.equal(1_000_000);
    expect(of('timeout=-4').secondsMs('timeout')).to.equal(0);
    for (const text of ['', 'NaN', 'Infinity', '10s', '0x10']) {
      expect(of(`timeout=${text}`).secondsMs('timeout')).to.equal(undefined);
    }
  });

  it('statuses are read with commas and repeated, by name in any case and by number', () => {
    expect(of('runtimeStatus=Running,completed&runtimeStatus=3').statuses()).to.deep.equal({
      statuses: ['running', 'completed', 'failed'],
      unknown: [],
    });
    expect(of('runtimeStatus=Running,Running, ').statuses()?.statuses).to.deep.equal(['running']);
  });

  it('names that are no status are reported apart', () => {
    expect(of('runtimeStatus=Done,Failed').statuses()).to.deep.equal({ statuses: ['failed'], unknown: ['Done'] });
  });

  it('Canceled and ContinuedAsNew are statuses that no orchestration has here', () => {
    for (const text of ['Canceled', 'ContinuedAsNew', '2', '4']) {
      expect(of(`runtimeStatus=${text}`).statuses()).to.deep.equal({ statuses: [], unknown: [] });
    }
  });

  it('an empty or absent runtimeStatus names no status', () => {
    expect(of('runtimeStatus=').statuses()).to.equal(undefined);
    expect(of('').statuses()).to.equal(undefined);
  });

  it('parameters with names of prototypes are plain parameters', () => {
    expect(of('__proto__=1&constructor=2').text('constructor')).to.equal('2');
    expect(of('').text('constructor')).to.equal(undefined);
  });
});

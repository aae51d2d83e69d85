import { expect } from 'chai';
import * as fc from 'fast-check';
import { readTarget } from '../../../src/http/compatible/targets.js';

describe('paths of the compatible API', () => {
  it('a start names an orchestration, and perhaps an id with slashes', () => {
    expect(readTarget('POST', 'orchestrators/Echo')).to.deep.equal({
      kind: 'orchestrator',
      name: 'Echo',
      instanceId: undefined,
    });
    expect(readTarget('POST', 'orchestrators/Echo/a/b%2Fc')).to.deep.equal({
      kind: 'orchestrator',
      name: 'Echo',
      instanceId: 'a/b/c',
    });
  });

  it('a read takes the rest of the path as the id, a slash and %2F alike', () => {
    for (const path of ['instances/a/terminate', 'instances/a%2Fterminate', 'instances/a/terminate/']) {
      expect(readTarget('GET', path)).to.deep.equal({ kind: 'instance', instanceId: 'a/terminate' });
      expect(readTarget('DELETE', path)).to.deep.equal({ kind: 'instance', instanceId: 'a/terminate' });
    }
  });

  it('a slash at the end of the path is cut, and %2F there belongs to the id', () => {
    expect(readTarget('GET', 'instances/')).to.deep.equal({ kind: 'instances' });
    expect(readTarget('GET', 'instances')).to.deep.equal({ kind: 'instances' });
    expect(readTarget('GET', 'instances/a%2F')).to.deep.equal({ kind: 'instance', instanceId: 'a/' });
  });

  it('a command is the last segment, in any case', () => {
    expect(readTarget('POST', 'instances/a/b/TERMINATE')).to.deep.equal({
      kind: 'command',
      instanceId: 'a/b',
      command: 'terminate',
    });
  });

  it('an event has the last two segments', () => {
    expect(readTarget('POST', 'instances/a/b/raiseEvent/go')).to.deep.equal({
      kind: 'event',
      instanceId: 'a/b',
      event: 'go',
    });
    expect(readTarget('POST', 'instances/a/raiseevent/terminate')).to.deep.equal({
      kind: 'event',
      instanceId: 'a',
      event: 'terminate',
    });
  });

  it('a key is the rest of the path', () => {
    expect(readTarget('POST', 'entities/Counter/a/b')).to.deep.equal({ kind: 'entity', name: 'Counter', key: 'a/b' });
    expect(readTarget('GET', 'entities/Counter/%F0%9F%92%B0')).to.deep.equal({
      kind: 'entity',
      name: 'Counter',
      key: '💰',
    });
  });

  it('the segment $ is the empty key, and %24 is the key $', () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(readTarget(method, 'entities/Counter/$')).to.deep.equal({ kind: 'entity', name: 'Counter', key: '' });
      expect(readTarget(method, 'entities/Counter/%24')).to.deep.equal({ kind: 'entity', name: 'Counter', key: '$' });
    }
    expect(readTarget('GET', 'entities/Counter/$/a')).to.deep.equal({ kind: 'entity', name: 'Counter', key: '$/a' });
  });

  it('a read without a key lists, and a signal without a key is for the empty key', () => {
    expect(readTarget('GET', 'entities')).to.deep.equal({ kind: 'entities', name: undefined });
    expect(readTarget('GET', 'entities/Counter/')).to.deep.equal({ kind: 'entities', name: 'Counter' });
    expect(readTarget('POST', 'entities/Counter/')).to.deep.equal({ kind: 'entity', name: 'Counter', key: '' });
  });

  it('a % that begins no encoded text stays as it is', () => {
    expect(readTarget('GET', 'instances/100%')).to.deep.equal({ kind: 'instance', instanceId: '100%' });
    expect(readTarget('GET', 'instances/%ff%41')).to.deep.equal({ kind: 'instance', instanceId: '%ff%41' });
  });

  it('paths of nothing have no target', () => {
    for (const path of ['', 'other', 'orchestrators', 'orchestrators/', 'instances-x/a']) {
      expect(readTarget('POST', path), path).to.equal(undefined);
    }
    for (const path of ['instances/a', 'instances/a/explode', 'instances/terminate', 'entities//a']) {
      expect(readTarget('POST', path), path).to.equal(undefined);
    }
  });

  it('an encoded id or key is read as it was, whatever its characters', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((each) => each.isWellFormed());
    fc.assert(
      fc.property(text, (id) => {
        const encoded = encodeURIComponent(id);
        expect(readTarget('GET', `instances/${encoded}`)).to.deep.equal({ kind: 'instance', instanceId: id });
        expect(readTarget('POST', `entities/Counter/${encoded}`)).to.deep.equal({
          kind: 'entity',
          name: 'Counter',
          key: id,
        });
      }),
    );
  });
});

/** Forms of names, keys, states, tickets and options on Restate. These tests need no server. */
import { expect } from 'chai';
import { InvalidArgumentError, StorageError } from '../../src/errors/index.js';
import { checkConnectOptions, checkHostOptions } from '../../src/restate/options.js';
import { connectRestate, RestateHost } from '../../src/restate/index.js';
import { readTicket, ticketOf } from '../../src/restate/client/tickets.js';
import { literal } from '../../src/restate/client/admin.js';
import { isExpired, readEntity, writeEntity } from '../../src/restate/entities/stored-entity.js';
import { entryName, readEntryName } from '../../src/restate/wire/entry-names.js';
import { entityParts, keyOf, ServiceNames, textOfKey } from '../../src/restate/wire/service-names.js';
import { refusal } from '../acceptance/world.js';
import { freePort } from '../servers/own-server.js';

const hostile = [
  '',
  '.',
  '..',
  '~',
  '~~',
  'a/b',
  'ü',
  '%2e',
  '?x=1',
  '#',
  "'; DROP TABLE state",
  '__proto__',
  '\u0000',
  '😀',
  'a.b',
];

describe('forms on Restate', () => {
  it('a service name has only characters that Restate accepts, and the name can be read from it', () => {
    const names = new ServiceNames('shop');
    for (const name of hostile.filter((each) => each !== '')) {
      const service = names.entity(name);
      expect(service).to.match(/^shop\.entity\.[A-Za-z0-9._-]+$/);
      expect(names.announced(service)).to.equal(`entity:${name}`);
    }
    expect(names.announced(names.orchestration('Grüße'))).to.equal('orchestration:Grüße');
    for (const other of ['shop.runs', 'other.entity.a', 'shop.entity.', 'shop.entity.%', 'shop2.entity.a'])
      expect(names.announced(other)).to.equal(undefined);
  });

  it('each text is a key of its own, and no key is lost in a URL', () => {
    expect(new Set(hostile.map(keyOf)).size).to.equal(hostile.length);
    for (const text of hostile) {
      const key = keyOf(text);
      expect(textOfKey(key)).to.equal(text);
      expect(new URL(`http://localhost/a/${encodeURIComponent(key)}/b`).pathname).to.equal(
        `/a/${encodeURIComponent(key)}/b`,
      );
    }
    expect(entityParts('@counter@a@b')).to.deep.equal({ name: 'counter', key: 'a@b' });
  });

  it('the name of a journal entry is read as what it was made of', () => {
    for (const name of [
      { limitOf: undefined, cancelled: [] },
      { limitOf: 3, cancelled: [] },
      { limitOf: 3, cancelled: [5, 6] },
      { limitOf: undefined, cancelled: [12] },
    ])
      expect(readEntryName(entryName(name))).to.deep.equal(name);
    expect(readEntryName('of another version')).to.deep.equal({ limitOf: undefined, cancelled: [] });
  });

  it('a stored state is read as the text that was written', () => {
    for (const state of ['{}', '{"state":"}"}', '"\\"state\\":"', '[1,{"at":3}]', 'null']) {
      for (const expiresAtMs of [undefined, 1_800_000_000_000]) {
        const stored = { state, atMs: 1_700_000_000_000.25, expiresAtMs };
        const text = writeEntity(stored);
        expect(readEntity(text)).to.deep.equal(stored);
        expect(JSON.parse(text)).to.have.deep.property('state', JSON.parse(state));
      }
    }
    expect(readEntity(null)).to.equal(undefined);
    expect(() => readEntity('{"n":1}')).to.throw('does not have the form');
    expect(isExpired({ state: '1', atMs: 0, expiresAtMs: 5 }, 5)).to.equal(true);
    expect(isExpired({ state: '1', atMs: 0, expiresAtMs: undefined }, 5)).to.equal(false);
  });

  it('a ticket names its invocation and its target, and other texts are refused', () => {
    const parts = { invocationId: 'inv_1foAirY4KKzi2RVqAfIYkm7TQVVjdXfUfl', target: '@counter@ü/ %' };
    expect(readTicket(ticketOf(parts))).to.deep.equal(parts);
    for (const wrong of ['t1', '', 'r1.inv_../x.a', 'r1.inv_1foAirY4KKzi.', 5, 'r1.inv_1foAirY4KKzi2RVq.%zz'])
      expect(() => readTicket(wrong)).to.throw(InvalidArgumentError);
  });

  it('a text of a query stands in quotes', () => {
    expect(literal("o'clock")).to.equal("'o''clock'");
  });

  it('options are checked, and an unknown one is refused', () => {
    const right = { ingress: ['http://127.0.0.1:8080/'], register: [] };
    expect(checkHostOptions(right)).to.include({ hub: 'de', port: 0, host: '127.0.0.1', stopMs: 20_000 });
    const wrong: readonly (readonly [object, string])[] = [
      [{ ingress: [] }, 'ingress'],
      [{ ingress: 'http://x' }, 'ingress'],
      [{ ingress: ['ftp://x'] }, 'ingress'],
      [{ admin: 'x' }, 'admin'],
      [{ advertise: '' }, 'advertise'],
      [{ hub: 'a.b' }, 'hub'],
      [{ hub: '' }, 'hub'],
      [{ register: undefined }, 'register'],
      [{ register: {} }, 'register'],
      [{ listen: { port: 70_000 } }, 'listen.port'],
      [{ listen: { host: '0.0.0.0' } }, 'identityKeys'],
      [{ identityKeys: 'publickeyv1_x' }, 'identityKeys'],
      [{ receipts: '1 s' }, 'receipts'],
      [{ stopTimeout: 'soon' }, 'stopTimeout'],
      [{ logger: {} }, 'logger'],
      [{ onSignalFailed: 1 }, 'onSignalFailed'],
      [{ storage: 'x' }, 'storage'],
    ];
    for (const [options, argument] of wrong) {
      expect(() => checkHostOptions({ ...right, ...options }), argument)
        .to.throw(InvalidArgumentError)
        .that.satisfies(({ message }: Error) => message.includes(argument));
    }
    expect(() => checkConnectOptions({ ...right, advertise: 'http://x' } as never)).to.throw(InvalidArgumentError);
  });

  it('a host and a client whose admin API does not answer fail at their start with StorageError', async () => {
    const admin = `http://127.0.0.1:${await freePort()}`;
    const options = { ingress: [admin], admin, register: [] };
    await refusal(RestateHost.start({ ...options, strict: 'off' }), StorageError, 'DE_STORAGE');
    await refusal(connectRestate(options), StorageError, 'DE_STORAGE');
  });
});

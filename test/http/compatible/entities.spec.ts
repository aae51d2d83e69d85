import { expect } from 'chai';
import { EntityId } from '../../../src/index.js';
import { acceptance } from '../../acceptance/variants.js';
import { eventually } from '../../acceptance/world.js';
import { counterId, programs } from './programs.js';
import { withServer } from './server.js';
import { apiSettings } from './settings.js';

acceptance('entities by HTTP', apiSettings, (world) => {
  const server = withServer(world, () => programs());
  /** The value of a counter, after the signals that were acknowledged before. */
  const valueOf = (key: string) => world().client.callEntity<number>(counterId(key), 'get');
  const stored = (name: string, key: string) =>
    eventually(async () => {
      const { status, json } = await server().get(`entities/${name}/${key}`);
      return status === 200 ? { json } : undefined;
    }, `${name}/${key}`);

  it('H44 a signal answers 202 without a body, and is applied once', async () => {
    const { status, text } = await server().post('entities/Counter/a?op=add', 5);
    expect([status, text]).to.deep.equal([202, '']);
    await server().post('entities/counter/a?OP=add');
    expect(await valueOf('a')).to.equal(6);
  });

  it('H44 a signal without an operation, or with a body that is no JSON, answers 400', async () => {
    for (const query of ['', '?op=', '?operation=add']) {
      const { status, json } = await server().post(`entities/Counter/a${query}`, 5);
      expect(status, query).to.equal(400);
      expect(json).to.include({ code: 'DE_INVALID_ARGUMENT' });
    }
    const { status } = await server().send('POST', 'entities/Counter/a?op=add', { body: 'five' });
    expect(status).to.equal(400);
    expect(await valueOf('a')).to.equal(0);
  });

  it('H45 DELETE signals the operation delete', async () => {
    await server().post('entities/Counter/a?op=add', 5);
    await stored('Counter', 'a');
    expect((await server().delete('entities/Counter/a')).status).to.equal(202);
    await eventually(
      async () => ((await server().get('entities/Counter/a')).status === 404 ? true : undefined),
      'its end',
    );
  });

  it('H46 a signal to an unknown entity answers 400, and a read of one 404', async () => {
    const signal = await server().post('entities/Nobody/a?op=add', 5);
    expect([signal.status, (signal.json as { code: string }).code]).to.deep.equal([400, 'DE_UNKNOWN_ENTITY']);
    expect((await server().get('entities/Nobody/a')).status).to.equal(404);
  });

  it('H47 a read answers 200 with the state alone, and 404 if the entity does not exist', async () => {
    const missing = await server().get('entities/Counter/a');
    expect([missing.status, (missing.json as { code: string }).code]).to.deep.equal([404, 'DE_HTTP_NOT_FOUND']);
    await server().post('entities/Box/a?op=put', { deep: [{ text: 'ö' }] });
    expect((await stored('Box', 'a')).json).to.deep.equal({ deep: [{ text: 'ö' }] });
  });

  it('H48 the key $ is the empty key, and %24 the key $', async () => {
    await server().post('entities/Counter/$?op=add', 1);
    await server().post('entities/Counter/?op=add', 2);
    await server().post('entities/Counter/%24?op=add', 30);
    expect([await valueOf(''), await valueOf('$')]).to.deep.equal([3, 30]);
    expect((await server().get('entities/Counter/$')).json).to.equal(3);
    expect((await server().get('entities/Counter/%24')).json).to.equal(30);
  });

  it('H48 the rest of the path is the key, whatever its characters', async () => {
    const keys = [
      'a/b/c',
      'ä ö',
      '日本💰',
      '@a@b',
      'x?y#z%',
      '__proto__',
      "'; drop table",
      '<script>',
      '\u202Eabc',
      'k'.repeat(512),
    ];
    for (const key of keys) {
      const path = `entities/Counter/${encodeURIComponent(key)}`;
      expect((await server().post(`${path}?op=add`, 7)).status, key).to.equal(202);
      expect(await valueOf(key), key).to.equal(7);
      expect((await server().get(path)).json, key).to.equal(7);
    }
    expect((await server().get('entities/Counter/a/b/c')).json).to.equal(7);
  });

  it('H48 a key or name that no entity can have answers 400', async () => {
    for (const path of [`Counter/${'k'.repeat(513)}`, 'Counter/a%00b', 'Cou%40nter/a', `${'n'.repeat(600)}/a`]) {
      for (const method of ['GET', 'POST'] as const) {
        const { status, json } = await server().send(method, `entities/${path}?op=add`);
        expect(status, path.slice(0, 20)).to.equal(400);
        expect(json).to.include({ code: 'DE_INVALID_ENTITY_ID' });
      }
    }
  });

  it('H50 a state arrives as plain JSON, and data that looks like the own encoding stays data', async () => {
    const { client } = world();
    await client.callEntity(new EntityId('Box', 'typed'), 'put', {
      at: new Date(0),
      owed: 5n,
      by: new Map([[1, 'a']]),
    });
    expect((await server().get('entities/Box/typed')).json).to.deep.equal({
      at: '1970-01-01T00:00:00.000Z',
      owed: '5',
      by: [[1, 'a']],
    });
    const body = '{"$de":"Date","v":"1970","__proto__":{"polluted":true},"constructor":1}';
    await server().send('POST', 'entities/Box/tricky?op=put', { body });
    await stored('Box', 'tricky');
    expect((await server().get('entities/Box/tricky')).text).to.equal(body);
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
  });
});

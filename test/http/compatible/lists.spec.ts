import { expect } from 'chai';
import { EntityId } from '../../../src/index.js';
import { acceptance } from '../../acceptance/variants.js';
import { pageBytesMax } from '../../../src/http/compatible/pages.js';
import { counterId, programs } from './programs.js';
import { withServer, type RawAnswer } from './server.js';
import { apiSettings } from './settings.js';

const tokenHeader = 'x-ms-continuation-token';

acceptance('lists and purges by HTTP', apiSettings, (world) => {
  const server = withServer(world, () => programs());
  const end = (id: string) =>
    world()
      .client.run('any', id)
      .result()
      .catch(() => {});
  const run = async (name: string, id: string, input?: unknown) => {
    await world().client.startNew(name, { instanceId: id, input });
    await end(id);
  };
  const idsOf = ({ json }: RawAnswer) => (json as { instanceId: string }[]).map(({ instanceId }) => instanceId);
  const tokenOf = ({ headers }: RawAnswer) => headers[tokenHeader] as string | undefined;
  /** All pages of a list. */
  const pages = async (path: string): Promise<RawAnswer[]> => {
    const found = [await server().get(path)];
    for (let token = tokenOf(found[0] as RawAnswer); token !== undefined; token = tokenOf(found.at(-1) as RawAnswer)) {
      found.push(await server().get(path, { [tokenHeader]: token }));
    }
    return found;
  };

  it('H29 a list answers 200 with an array of statuses, with and without a slash at its end', async () => {
    expect((await server().get('instances')).json).to.deep.equal([]);
    await run('Echo', 'a', 1);
    for (const path of ['instances', 'instances/', 'instances/?taskHub=x&connection=y']) {
      const { status, json } = await server().get(path);
      expect(status).to.equal(200);
      expect(json).to.have.lengthOf(1);
      expect((json as object[])[0]).to.include({
        instanceId: 'a',
        name: 'Echo',
        runtimeStatus: 'Completed',
        output: 1,
      });
    }
  });

  it('H29 pages of `top` items follow by the token, and the last one has no token', async () => {
    for (const n of [0, 1, 2, 3, 4, 5, 6]) await run('Echo', `r${n}`, n);
    const found = await pages('instances/?top=3');
    expect(found.map(idsOf)).to.deep.equal([['r0', 'r1', 'r2'], ['r3', 'r4', 'r5'], ['r6']]);
    expect(tokenOf(found[2] as RawAnswer)).to.equal(undefined);
    expect(idsOf(await server().get('instances/?top=7'))).to.have.lengthOf(7);
    expect(tokenOf(await server().get('instances/?top=7'))).to.equal(undefined);
  });

  it('H29 an empty token is the first page', async () => {
    await run('Echo', 'a');
    expect(idsOf(await server().get('instances', { [tokenHeader]: '' }))).to.deep.equal(['a']);
  });

  it('H30 the filters are status, time, prefix and showInput', async () => {
    await run('Echo', 'a-1', 'input');
    world().pass('1 hour');
    const middle = new Date(world().now).toISOString();
    world().pass('1 hour');
    await run('Fail', 'a-2');
    await run('Echo', 'b-1');
    const ids = async (query: string) => idsOf(await server().get(`instances/?${query}`));
    expect(await ids('runtimeStatus=Failed')).to.deep.equal(['a-2']);
    expect(await ids('runtimeStatus=Failed,Completed')).to.deep.equal(['a-1', 'a-2', 'b-1']);
    expect(await ids('runtimeStatus=Failed&runtimeStatus=Completed')).to.deep.equal(['a-1', 'a-2', 'b-1']);
    expect(await ids('runtimeStatus=Canceled')).to.deep.equal([]);
    expect(await ids('instanceIdPrefix=a-')).to.deep.equal(['a-1', 'a-2']);
    expect(await ids('instanceIdPrefix=A-')).to.deep.equal([]);
    expect(await ids(`createdTimeFrom=${middle}`)).to.deep.equal(['a-2', 'b-1']);
    expect(await ids(`createdTimeTo=${middle}`)).to.deep.equal(['a-1']);
    const [first] = (await server().get('instances?showInput=false')).json as Record<string, string>[];
    expect(first).to.include({ input: null, output: 'input' });
    const { createdTime } = (await server().get('instances/a-1')).json as { createdTime: string };
    expect(await ids(`createdTimeFrom=${createdTime}&createdTimeTo=${createdTime}`)).to.deep.equal(['a-1']);
  });

  it('H31 a filter that cannot be read is passed over', async () => {
    await run('Echo', 'a');
    for (const query of [
      'top=x',
      'top=0',
      'createdTimeFrom=soon',
      'runtimeStatus=Done',
      'showInput=maybe',
      'createdTimeTo=0001-01-01T00:00:00',
    ]) {
      expect(idsOf(await server().get(`instances/?${query}`)), query).to.deep.equal(['a']);
    }
  });

  it('H32 a page has at most 100 items', async () => {
    const ids = Array.from({ length: 130 }, (_, n) => `r${String(n).padStart(3, '0')}`);
    await Promise.all(ids.map((instanceId) => world().client.startNew('Echo', { instanceId })));
    const found = await pages('instances/?top=5000');
    expect(found.map((page) => idsOf(page).length)).to.deep.equal([100, 30]);
    expect(found.flatMap(idsOf)).to.deep.equal(ids);
  });

  it('H32 a page ends after about a mebibyte, and no run is lost between pages', async () => {
    const input = 'x'.repeat(200_000);
    const ids = Array.from({ length: 14 }, (_, n) => `big${String(n).padStart(2, '0')}`);
    for (const id of ids) await world().client.startNew('Wait', { instanceId: id, input });
    const found = await pages('instances');
    expect(found.flatMap(idsOf)).to.deep.equal(ids);
    for (const { text } of found) expect(text.length).to.be.below(pageBytesMax + 10 * 210_000);
    expect(found.length).to.be.greaterThan(1);
  });

  it('H33 a text that is no token answers 400', async () => {
    for (const token of ['x', '1.entity.YQ', `1.orchestration.${'A'.repeat(3_000)}!`]) {
      const { status, json } = await server().get('instances', { [tokenHeader]: token });
      expect(status, token).to.equal(400);
      expect(json).to.include({ code: 'DE_INVALID_ARGUMENT' });
    }
  });

  it('H34 a purge answers 200, 404 without a run, and 412 for one that goes on', async () => {
    await run('Echo', 'a');
    await world().client.startNew('Wait', { instanceId: 'w' });
    const purged = await server().delete('instances/a');
    expect([purged.status, purged.json]).to.deep.equal([200, { instancesDeleted: 1 }]);
    expect((await server().delete('instances/a')).status).to.equal(404);
    const kept = await server().delete('instances/w');
    expect(kept.status).to.equal(412);
    expect(kept.json).to.include({ code: 'DE_INVALID_OPERATION' });
    expect((await server().get('instances/w')).status).to.equal(202);
  });

  it('H35 a purge of many answers 200 with the number, and 404 if there were none', async () => {
    for (const n of [1, 2, 3]) await run('Echo', `e${n}`);
    await run('Fail', 'f');
    await world().client.startNew('Wait', { instanceId: 'w' });
    const all = 'createdTimeFrom=0001-01-01T00:00:00Z';
    const purge = async (query: string) => {
      const { status, json } = await server().delete(`instances/?${query}`);
      return [status, json];
    };
    expect(await purge(`${all}&runtimeStatus=Failed`)).to.deep.equal([200, { instancesDeleted: 1 }]);
    expect(await purge(`${all}&runtimeStatus=Running`)).to.deep.equal([404, { instancesDeleted: 0 }]);
    expect(await purge(`${all}&createdTimeTo=1970-01-01`)).to.deep.equal([404, { instancesDeleted: 0 }]);
    expect(await purge(all)).to.deep.equal([200, { instancesDeleted: 3 }]);
    expect(await purge(all)).to.deep.equal([404, { instancesDeleted: 0 }]);
    expect(idsOf(await server().get('instances'))).to.deep.equal(['w']);
    const { status, json } = await server().delete('instances');
    expect(status).to.equal(400);
    expect(json).to.include({ code: 'DE_INVALID_ARGUMENT' });
  });

  it('H36 a condition of a purge that cannot be read answers 400, and deletes nothing', async () => {
    await run('Echo', 'a');
    for (const query of [
      'createdTimeFrom=long ago',
      'createdTimeFrom=1970-01-01&createdTimeTo=tomorrow',
      'createdTimeFrom=1970-01-01&runtimeStatus=Complete',
      'createdTimeFrom=1970-01-01&runtimeStatus=Completed,Done',
    ]) {
      expect((await server().delete(`instances/?${encodeURI(query)}`)).status, query).to.equal(400);
    }
    expect(idsOf(await server().get('instances'))).to.deep.equal(['a']);
  });

  it('H49 entities are listed with name, key and time, and with states on demand', async () => {
    const { client } = world();
    expect((await server().get('entities')).json).to.deep.equal([]);
    for (const key of ['a', '', 'b/ö', '$']) await client.callEntity(counterId(key), 'add', 3);
    await client.callEntity(new EntityId('Box', 'x'), 'put', new Map([['k', 1n]]));
    const { status, json } = await server().get('entities');
    expect(status).to.equal(200);
    const found = json as { entityId: { name: string; key: string }; lastOperationTime: string; state?: unknown }[];
    expect(found.map(({ entityId }) => `${entityId.name}:${entityId.key}`)).to.have.members([
      'box:x',
      'counter:',
      'counter:$',
      'counter:a',
      'counter:b/ö',
    ]);
    expect(
      found.every((entity) => !('state' in entity) && !Number.isNaN(Date.parse(entity.lastOperationTime))),
    ).to.equal(true);
    const [box] = (await server().get('entities/Box?fetchState=true')).json as { state: unknown }[];
    expect(box?.state).to.deep.equal({ k: '1' });
    expect((await server().get('entities/COUNTER/')).json).to.have.lengthOf(4);
    expect((await server().get('entities/Nobody')).json).to.deep.equal([]);
  });

  it('H49 lists of entities have pages and times', async () => {
    const { client } = world();
    for (const n of [0, 1, 2, 3, 4]) await client.callEntity(counterId(`k${n}`), 'add', 1);
    world().pass('2 hours');
    const later = new Date(world().now - 3_600_000).toISOString();
    await client.callEntity(counterId('k9'), 'add', 1);
    const keys = (answer: RawAnswer) =>
      (answer.json as { entityId: { key: string } }[]).map(({ entityId }) => entityId.key);
    const found = await pages('entities/Counter?top=4');
    expect(found.map(keys)).to.deep.equal([
      ['k0', 'k1', 'k2', 'k3'],
      ['k4', 'k9'],
    ]);
    expect(keys(await server().get(`entities?lastOperationTimeFrom=${later}`))).to.deep.equal(['k9']);
    expect(keys(await server().get(`entities?lastOperationTimeTo=${later}`))).to.have.lengthOf(5);
    expect(keys(await server().get('entities?lastOperationTimeFrom=never'))).to.have.lengthOf(6);
    expect((await server().get('entities', { [tokenHeader]: '1.orchestration.YQ' })).status).to.equal(400);
  });
});

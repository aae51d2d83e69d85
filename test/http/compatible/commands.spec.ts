import { expect } from 'chai';
import { acceptance } from '../../acceptance/variants.js';
import { programs, Weather } from './programs.js';
import { withServer } from './server.js';
import { apiSettings } from './settings.js';

acceptance('commands by HTTP', apiSettings, (world) => {
  const weather = new Weather();
  const server = withServer(world, () => programs(weather));
  beforeEach(() => {
    weather.isBad = true;
  });
  const end = (id: string) =>
    world()
      .client.run('any', id)
      .result()
      .catch(() => {});
  const run = async (name: string, id: string, input?: unknown) => {
    await world().client.startNew(name, { instanceId: id, input });
    await end(id);
  };
  const startWaiting = async (id: string) => {
    await world().client.startNew('Wait', { instanceId: id });
    await world()
      .client.run('any', id)
      .waitForStatus(({ awaitedEvents }) => awaitedEvents.length > 0);
  };
  const statusOf = async (id: string) => (await world().client.run('any', id).status())?.runtimeStatus;
  const statusesOf = async (path: (id: string) => string): Promise<number[]> => {
    await startWaiting('open');
    await run('Echo', 'ended', 1);
    const answers = [];
    for (const id of ['open', 'ended', 'nowhere']) answers.push((await server().post(path(id))).status);
    return answers;
  };

  it('H37 an event answers 202 without a body, 410 after the end, and 404 without a run', async () => {
    expect(await statusesOf((id) => `instances/${id}/raiseEvent/go`)).to.deep.equal([202, 410, 404]);
    await startWaiting('w');
    const { status, text } = await server().post('instances/w/raiseEvent/go', { a: [1] });
    expect([status, text]).to.deep.equal([202, '']);
    expect(await world().client.run('any', 'w').result()).to.deep.equal({ a: [1] });
  });

  it('H37 the body of an event that is no JSON answers 400', async () => {
    await startWaiting('w');
    const { status, json } = await server().send('POST', 'instances/w/raiseEvent/go', { body: '{' });
    expect(status).to.equal(400);
    expect(json).to.include({ code: 'DE_HTTP_BAD_REQUEST' });
    expect(await statusOf('w')).to.equal('running');
  });

  it('H37 names of events and ids are decoded', async () => {
    await startWaiting('a/b ö');
    await server().post('instances/a%2Fb%20%C3%B6/raiseEvent/other%2Fevent%20%F0%9F%92%B0', 1);
    const status = await world().client.run('any', 'a/b ö').status();
    expect(status?.unreadEvents).to.deep.equal(['other/event 💰']);
    expect((await server().post('instances/a/b%20%C3%B6/raiseEvent/go', 2)).status).to.equal(202);
    expect(await world().client.run('any', 'a/b ö').result()).to.equal(2);
  });

  it('H38 an event that is not application/json answers 415', async () => {
    await startWaiting('w');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
      const request = { body: '1', headers: { 'content-type': type } };
      expect((await server().send('POST', 'instances/w/raiseEvent/go', request)).status, type).to.equal(415);
    }
    const request = { body: '1', headers: { 'content-type': 'Application/JSON; charset=utf-8' } };
    expect((await server().send('POST', 'instances/w/raiseEvent/go', request)).status).to.equal(202);
  });

  for (const command of ['terminate', 'suspend', 'resume']) {
    it(`H39 ${command} answers 202, 410 after the end, and 404 without a run`, async () => {
      expect(await statusesOf((id) => `instances/${id}/${command}?reason=x`)).to.deep.equal([202, 410, 404]);
    });
  }

  it('H39 the command is known in any case, and has its effect when it is acknowledged', async () => {
    await startWaiting('w');
    await server().post('instances/w/SUSPEND?reason=lunch');
    const suspended = await world().client.run('any', 'w').status();
    expect([suspended?.runtimeStatus, suspended?.reason]).to.deep.equal(['suspended', 'lunch']);
    await server().post('instances/w/Resume');
    expect(await statusOf('w')).to.equal('running');
    await server().post('instances/w/tErMiNaTe?reason=a%20%26%20b');
    const terminated = await world().client.run('any', 'w').status();
    expect([terminated?.runtimeStatus, terminated?.reason]).to.deep.equal(['terminated', 'a & b']);
  });

  it('H40 the reason `undefined`, an empty one and an absent one are no reason', async () => {
    for (const query of ['?reason=undefined', '?reason=', '']) {
      await startWaiting('w');
      await server().post(`instances/w/terminate${query}`);
      expect((await world().client.run('any', 'w').status())?.reason, query).to.equal(undefined);
      await world().client.run('any', 'w').purge();
    }
  });

  it('H41 a rewind answers 202 for a failed run, 412 for any other, and 404 without a run', async () => {
    await run('Fragile', 'f', 'Monday');
    weather.isBad = false;
    const { status, text } = await server().post('instances/f/rewind?reason=better');
    expect([status, text]).to.deep.equal([202, '']);
    expect(await world().client.run('any', 'f').result()).to.equal('sun on Monday');
    expect(await statusesOf((id) => `instances/${id}/rewind`)).to.deep.equal([412, 412, 404]);
    expect((await server().post('instances/ended/rewind')).json).to.match(/^Orchestration "ended" cannot be rewound/);
  });

  it('H42 a restart answers as a start, with a new id by default', async () => {
    await run('Echo', 'e', 7);
    for (const query of ['', '?restartWithNewInstanceId=true', '?restartWithNewInstanceId=perhaps']) {
      const { status, json, headers } = await server().post(`instances/e/restart${query}`);
      const { id, statusQueryGetUri } = json as Record<string, string>;
      expect(status).to.equal(202);
      expect(headers['location']).to.equal(statusQueryGetUri);
      expect(id).not.to.equal('e');
      expect(
        await world()
          .client.run('any', id as string)
          .result(),
      ).to.equal(7);
    }
  });

  it('H42 a restart under the same id needs a run that has ended', async () => {
    await run('Echo', 'e', 7);
    const again = await server().post('instances/e/restart?restartWithNewInstanceId=false');
    expect([again.status, (again.json as { id: string }).id]).to.deep.equal([202, 'e']);
    await startWaiting('w');
    const refused = await server().post('instances/w/restart?restartWithNewInstanceId=false');
    expect(refused.status).to.equal(409);
    expect(refused.json).to.include({ code: 'DE_INVALID_OPERATION' });
  });

  it('H42 a restart of an unknown id answers 400', async () => {
    for (const query of ['', '?restartWithNewInstanceId=false']) {
      const { status, json } = await server().post(`instances/nowhere/restart${query}`);
      expect(status).to.equal(400);
      expect(json).to.include({ code: 'DE_ORCHESTRATION_NOT_FOUND' });
    }
  });

  it('H43 a restart that waits answers 200 with the output alone', async () => {
    await run('Echo', 'e', { n: 1 });
    const { status, json } = await server().post('instances/e/restart?timeout=30&pollingInterval=1');
    expect(status).to.equal(200);
    expect(json).to.deep.equal({ n: 1 });
  });
});

import { expect } from 'chai';
import { acceptance } from '../../acceptance/variants.js';
import { eventually } from '../../acceptance/world.js';
import { counterId, programs } from './programs.js';
import { withServer } from './server.js';
import { apiSettings } from './settings.js';

type Body = Readonly<Record<string, unknown>>;

acceptance('statuses by HTTP', apiSettings, (world) => {
  const server = withServer(world, () => programs());
  const end = (id: string) =>
    world()
      .client.run('any', id)
      .result()
      .catch(() => {});
  const run = async (name: string, id: string, input?: unknown) => {
    await server().post(`orchestrators/${name}/${id}`, input);
    await end(id);
  };
  const awaits = (id: string, event: string) =>
    world()
      .client.run('any', id)
      .waitForStatus(({ awaitedEvents }) => awaitedEvents.includes(event));
  const startWaiting = async (id: string) => {
    await server().post(`orchestrators/Wait/${id}`);
    await awaits(id, 'go');
  };

  it('H20 a run that goes on answers 202 with Location and Retry-After', async () => {
    await startWaiting('w/1');
    const check = async (runtimeStatus: string) => {
      const { status, headers, json } = await server().get('instances/w%2F1?taskHub=a&code=secret-of-somebody');
      expect(status).to.equal(202);
      expect(headers['location']).to.equal(`${server().base}/instances/w%2F1?taskHub=a`);
      expect(headers['retry-after']).to.equal('5');
      expect(json).to.include({ instanceId: 'w/1', runtimeStatus, output: null });
    };
    await check('Running');
    await server().post('instances/w%2F1/suspend?reason=x');
    await check('Suspended');
  });

  it('H20 a run whose start is scheduled for later is Pending', async () => {
    await world().client.startNew('Echo', { instanceId: 'later', scheduledTime: world().now + 3_600_000 });
    const { status, json } = await server().get('instances/later');
    expect(status).to.equal(202);
    expect(json).to.include({ runtimeStatus: 'Pending' });
  });

  it('H21 a run that has ended answers 200 with its status, and no Location', async () => {
    await run('Echo', 'done', { a: 1 });
    const { status, headers, json } = await server().get('instances/done');
    expect(status).to.equal(200);
    expect(headers['location']).to.equal(undefined);
    const { createdTime, lastUpdatedTime, ...rest } = json as Body;
    expect(rest).to.deep.equal({
      name: 'Echo',
      instanceId: 'done',
      runtimeStatus: 'Completed',
      input: { a: 1 },
      customStatus: null,
      output: { a: 1 },
    });
    expect([createdTime, lastUpdatedTime].every((time) => typeof time === 'string')).to.equal(true);
    await startWaiting('t');
    await server().post('instances/t/terminate?reason=enough');
    const terminated = await server().get('instances/t');
    expect(terminated.status).to.equal(200);
    expect(terminated.json).to.include({ runtimeStatus: 'Terminated', output: 'enough' });
  });

  it('H22 a failed run answers 200, and 500 if the request asks for that', async () => {
    await run('Fail', 'f');
    const { status, json } = await server().get('instances/f');
    expect(status).to.equal(200);
    expect(json).to.include({ runtimeStatus: 'Failed', output: 'it is broken' });
    const strict = await server().get('instances/f?returnInternalServerErrorOnFailure=True');
    expect(strict.status).to.equal(500);
    expect(strict.json).to.include({ runtimeStatus: 'Failed', output: 'it is broken' });
    await run('Echo', 'ok', 1);
    expect((await server().get('instances/ok?returnInternalServerErrorOnFailure=true')).status).to.equal(200);
  });

  it('H23 an id of no run answers 404, also one that no run can have', async () => {
    await world().client.signalEntity(counterId('a'), 'add', 1);
    for (const id of ['nowhere', '@counter@a', 'x'.repeat(600), 'a%00b', '..%2f..%2fetc%2fpasswd', '%C0%AE']) {
      for (const method of ['GET', 'DELETE']) {
        const { status, json } = await server().send(method, `instances/${id}`);
        expect(status, id).to.equal(404);
        expect(json).to.include({ code: 'DE_ORCHESTRATION_NOT_FOUND' });
      }
    }
  });

  it('H24 without showInput the input is null', async () => {
    await run('Echo', 'e', 'secret');
    const { json, text } = await server().get('instances/e?showInput=false');
    expect(json).to.include({ input: null, output: 'secret' });
    expect(text.split('secret')).to.have.lengthOf(2);
  });

  it('H27 times are ISO 8601 in UTC with milliseconds', async () => {
    await run('Echo', 'e');
    const { createdTime, lastUpdatedTime } = (await server().get('instances/e')).json as Record<string, string>;
    const status = await world().client.run('Echo', 'e').status();
    expect(createdTime).to.equal(status?.createdAt.toISOString());
    expect(lastUpdatedTime).to.equal(status?.lastUpdatedAt.toISOString());
  });

  it('H50 values that JSON lacks arrive as plain JSON', async () => {
    await run('Typed', 'typed');
    const { json } = await server().get('instances/typed');
    expect((json as Body)['output']).to.deep.equal({
      day: '1970-01-01T00:00:00.000Z',
      cents: '12',
      byName: { ann: 1 },
      tags: ['a'],
      bytes: 'AQI=',
    });
  });

  it('H28 no status is seen before it is committed', async () => {
    await startWaiting('w');
    await server().post('instances/w/raiseEvent/go', 1);
    const body = await eventually(async () => {
      const { json, status } = await server().get('instances/w');
      return status === 200 ? (json as Body) : undefined;
    }, 'the end');
    expect(body['output']).to.equal(1);
  });
});

import { expect } from 'chai';
import { acceptance } from '../../acceptance/variants.js';
import { eventually, Gate } from '../../acceptance/world.js';
import { defineActivity, defineOrchestration } from '../../../src/index.js';
import { waitsMax } from '../../../src/http/compatible/waits.js';
import { programs } from './programs.js';
import { withServer } from './server.js';
import { apiSettings } from './settings.js';

acceptance('starts by HTTP', apiSettings, (world) => {
  let gate: Gate;
  const slow = () => {
    const pass = defineActivity('Pass', () => gate.pass());
    return defineOrchestration('Slow', async (context) => context.callActivity(pass));
  };
  const activities = () => defineActivity('Pass', () => gate.pass());
  beforeEach(() => {
    gate = new Gate();
  });
  afterEach(() => gate.open());
  const server = withServer(world, () => [...programs(), slow(), activities()]);
  const idOf = (json: unknown) => (json as { id: string }).id;
  const resultOf = (json: unknown) => world().client.run('any', idOf(json)).result();

  it('H8 a start answers 202 with links, their Location, and Retry-After', async () => {
    const { status, headers, json } = await server().post('orchestrators/Echo', { a: 1 });
    expect(status).to.equal(202);
    const links = json as Record<string, string>;
    expect(Object.keys(links)).to.have.members([
      'id',
      'statusQueryGetUri',
      'sendEventPostUri',
      'terminatePostUri',
      'purgeHistoryDeleteUri',
      'restartPostUri',
      'suspendPostUri',
      'resumePostUri',
    ]);
    expect(headers['location']).to.equal(links['statusQueryGetUri']);
    expect(headers['retry-after']).to.equal('10');
    expect(links['statusQueryGetUri']).to.equal(
      `${server().base}/instances/${links['id']}?taskHub=DurableEntities&connection=Storage`,
    );
    expect(await resultOf(json)).to.deep.equal({ a: 1 });
  });

  it('H9 an empty body is no input, and the body "" is an empty text', async () => {
    expect(await resultOf((await server().post('orchestrators/Echo')).json)).to.equal(undefined);
    expect(await resultOf((await server().post('orchestrators/Echo', '')).json)).to.equal('');
  });

  it('H10 a body that is no JSON, and an unknown orchestration, answer 400', async () => {
    for (const body of ['{', 'abc', '[1,]', Uint8Array.of(0x22, 0xff, 0x22)]) {
      const { status, json } = await server().send('POST', 'orchestrators/Echo', { body });
      expect(status).to.equal(400);
      expect(json).to.include({ code: 'DE_HTTP_BAD_REQUEST' });
    }
    const { status, json } = await server().post('orchestrators/Nope', 1);
    expect(status).to.equal(400);
    expect(json).to.include({ code: 'DE_UNKNOWN_ORCHESTRATION' });
  });

  it('H11 an own id is kept, with every sign that can be encoded', async () => {
    for (const id of ['plain', 'a/b', 'a#b?c%d', '日本 💰', '__proto__', 'constructor', 'x'.repeat(512)]) {
      const { status, json } = await server().post(`orchestrators/Echo/${encodeURIComponent(id)}`, id);
      expect(status, id).to.equal(202);
      expect(idOf(json)).to.equal(id);
      expect(await resultOf(json)).to.equal(id);
    }
  });

  it('H11 an id that begins with @, is too long, or has a NUL, answers 400', async () => {
    for (const id of ['@counter@a', 'x'.repeat(513), 'a\0b']) {
      const { status, json } = await server().post(`orchestrators/Echo/${encodeURIComponent(id)}`, 1);
      expect(status, id).to.equal(400);
      expect(json).to.include({ code: 'DE_INVALID_ARGUMENT' });
    }
  });

  it('H12 the id of a run that goes on answers 409, and 202 for the same orchestration and input', async () => {
    expect((await server().post('orchestrators/Wait/w', 1)).status).to.equal(202);
    const again = await server().post('orchestrators/Wait/w', 1);
    expect(again.status).to.equal(202);
    expect(idOf(again.json)).to.equal('w');
    for (const [name, input] of [
      ['Wait', 2],
      ['Echo', 1],
    ]) {
      const { status, json } = await server().post(`orchestrators/${name}/w`, input);
      expect(status).to.equal(409);
      expect(json).to.include({ code: 'DE_INSTANCE_EXISTS' });
    }
  });

  it('H13 a run that has ended is replaced, also with the same input', async () => {
    const first = await server().post('orchestrators/Echo/e', 1);
    await resultOf(first.json);
    const before = await world().client.run('Echo', 'e').status();
    expect(await resultOf((await server().post('orchestrators/Echo/e', 2)).json)).to.equal(2);
    world().pass('1 second');
    expect(await resultOf((await server().post('orchestrators/Echo/e', 2)).json)).to.equal(2);
    const after = await world().client.run('Echo', 'e').status();
    expect(after?.createdAt.getTime()).to.be.greaterThan(before?.createdAt.getTime() as number);
  });

  it('H14 a version selects the code, and what is no version answers 400', async () => {
    expect(await resultOf((await server().post('orchestrators/Versioned?version=1')).json)).to.equal('one');
    expect(await resultOf((await server().post('orchestrators/Versioned')).json)).to.equal('two');
    for (const version of ['0', '-1', '1.0', 'latest', '3']) {
      expect((await server().post(`orchestrators/Versioned?version=${version}`)).status, version).to.equal(400);
    }
  });

  it('H15 a start that waits answers 200 with the output alone', async () => {
    const { status, json, headers } = await server().post('orchestrators/Echo?timeout=30&pollingInterval=0.5', [7]);
    expect(status).to.equal(200);
    expect(json).to.deep.equal([7]);
    expect(headers['location']).to.equal(undefined);
    expect((await server().post('orchestrators/GivesNothing?timeout=30&pollingInterval=1')).text).to.equal('null');
  });

  it('H16 a start that waits for a run that fails or is terminated answers with the status', async () => {
    const failed = await server().post('orchestrators/Fail?timeout=30&pollingInterval=1');
    expect(failed.status).to.equal(200);
    expect(failed.json).to.include({ runtimeStatus: 'Failed', output: 'it is broken' });
    const strict = 'timeout=30&pollingInterval=1&returnInternalServerErrorOnFailure=true';
    expect((await server().post(`orchestrators/Fail?${strict}`)).status).to.equal(500);
    const waiting = server().post('orchestrators/Slow/s?timeout=30&pollingInterval=1');
    await gate.entered;
    expect((await server().post('instances/s/terminate?reason=enough')).status).to.equal(202);
    const terminated = await waiting;
    expect(terminated.status).to.equal(200);
    expect(terminated.json).to.include({ runtimeStatus: 'Terminated', output: 'enough' });
  });

  it('H17 a start that waits answers 202 with links when the time is over, after 60 seconds at most', async () => {
    for (const [id, timeout, passed] of [
      ['short', 2.5, '2500 ms'],
      ['long', 86_400, '60 s'],
    ] as const) {
      const waiting = server().post(`orchestrators/Wait/${id}?timeout=${timeout}&pollingInterval=1`);
      await world()
        .client.run('Wait', id)
        .waitForStatus(({ awaitedEvents }) => awaitedEvents.length > 0)
        .catch(() => {});
      const { status, json } = await world().passUntil(waiting, passed);
      expect(status).to.equal(202);
      expect(idOf(json)).to.equal(id);
    }
  });

  it('H17 one of the two parameters alone, or one that is no number, does not wait', async () => {
    for (const query of ['timeout=30', 'pollingInterval=1', 'timeout=x&pollingInterval=1']) {
      expect((await server().post(`orchestrators/Wait?${query}`)).status, query).to.equal(202);
    }
  });

  it('H18 beyond 50 requests that wait, a further one answers 429, and starts nothing', async () => {
    const path = (n: number) => `orchestrators/Wait/w${n}?timeout=60&pollingInterval=1`;
    const waiting = Array.from({ length: waitsMax - 1 }, (_, n) => server().post(path(n)));
    // The last place is taken when all these runs exist.
    waiting.push(server().post(path(waitsMax - 1)));
    for (let n = 0; n < waitsMax; n++) await existing(`w${n}`);
    const { status, headers, json } = await server().post(path(waitsMax));
    expect(status).to.equal(429);
    expect(headers['retry-after']).to.equal('5');
    expect(json).to.include({ code: 'DE_HTTP_TOO_MANY_REQUESTS' });
    expect(await world().client.run('Wait', `w${waitsMax}`).status()).to.equal(undefined);
    for (let n = 0; n < waitsMax; n++) await world().client.run('Wait', `w${n}`).raiseEvent('go', n);
    const bodies = await Promise.all(waiting);
    expect(bodies.map(({ json }) => json)).to.deep.equal(Array.from({ length: waitsMax }, (_, n) => n));
    expect((await server().post('orchestrators/Echo?timeout=60&pollingInterval=1', 1)).status).to.equal(200);
  });

  it('H19 a polling interval above the timeout answers 400, and starts nothing', async () => {
    const { status, json } = await server().post('orchestrators/Echo/never?timeout=1&pollingInterval=2', 1);
    expect(status).to.equal(400);
    expect(json).to.include({ code: 'DE_INVALID_ARGUMENT' });
    expect(await world().client.run('Echo', 'never').status()).to.equal(undefined);
  });

  const existing = async (id: string): Promise<void> => {
    await eventually(() => world().client.run('Wait', id).status(), id);
  };
});

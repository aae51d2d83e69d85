import { expect } from 'chai';
import { azureClientInput } from '../../../src/http/index.js';
import { InvalidArgumentError } from '../../../src/errors/index.js';
import { EntityId } from '../../../src/index.js';
import { acceptance } from '../../acceptance/variants.js';
import { refusal } from '../../acceptance/world.js';
import { programs } from './programs.js';
import { ApiServer, key, withServer } from './server.js';
import { apiSettings } from './settings.js';

const basic = (password: string, user = 'anybody') => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

acceptance('access to the compatible API', apiSettings, (world) => {
  describe('with a key', () => {
    const server = withServer(world, () => programs(), { isProtected: true });
    const statusWith = async (path: string, authorization: string) =>
      (await server().send('POST', path, { headers: { authorization, 'content-type': 'application/json' } })).status;

    it('H1 the key counts as a bearer token, as the password of Basic, and as `code`', async () => {
      expect(await statusWith('orchestrators/Echo', `Bearer ${key}`)).to.equal(202);
      expect(await statusWith('orchestrators/Echo', basic(key))).to.equal(202);
      expect(await statusWith('orchestrators/Echo', basic(key, ''))).to.equal(202);
      expect(await statusWith(`orchestrators/Echo?code=${encodeURIComponent(key)}`, '')).to.equal(202);
    });

    it('H1 every other credential answers 401', async () => {
      for (const [path, authorization] of [
        ['orchestrators/Echo', ''],
        ['orchestrators/Echo?code=', ''],
        ['orchestrators/Echo?code=wrong-key-of-somebody', ''],
        ['instances', 'Bearer wrong'],
        ['entities', basic('wrong')],
      ] as const) {
        const method = path.startsWith('o') ? 'POST' : 'GET';
        const { status, json } = await server().send(method, path, { headers: { authorization } });
        expect(status, path).to.equal(401);
        expect(json).to.include({ code: 'DE_HTTP_UNAUTHENTICATED' });
      }
    });

    it('H2 links and locations hold no key, though the request has it in its query', async () => {
      const code = `code=${encodeURIComponent(key)}`;
      const started = await server().send('POST', `orchestrators/Wait/w?taskHub=T&${code}`, {
        headers: { authorization: '', 'content-type': 'application/json' },
      });
      const status = await server().get(`instances/w?${code}`, { authorization: '' });
      expect([started.status, status.status]).to.deep.equal([202, 202]);
      for (const { text, headers } of [started, status]) {
        expect(text + JSON.stringify(headers)).not.to.include('code=');
        expect(text + JSON.stringify(headers)).not.to.include(key);
      }
    });

    it('H54 each write is one line of the log, with target and status, without its payload or key', async () => {
      const code = `code=${encodeURIComponent(key)}`;
      await server().send('POST', `entities/Box/a%2Fb?op=put&${code}`, {
        body: '"my secret"',
        headers: { authorization: '' },
      });
      await server().get(`entities/Box/a?${code}`);
      const lines = world().lines.filter(({ message }) => message.includes('HTTP'));
      expect(lines).to.have.lengthOf(1);
      expect(lines[0]?.fields).to.deep.include({ user: 'write token', status: 202 });
      const text = JSON.stringify(lines);
      expect(text).to.include('Box').and.to.include('a/b');
      expect(text).not.to.include('secret');
      expect(text).not.to.include('k3y');
    });
  });

  describe('without keys', () => {
    const server = withServer(world, () => programs());

    it('H3 a write is JSON, or has no body at all', async () => {
      const signal = (type: string | undefined, body?: string) =>
        server().send('POST', 'entities/Counter/a?op=add', {
          ...(body !== undefined && { body }),
          headers: type === undefined ? {} : { 'content-type': type },
        });
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const { status, json } = await signal(type, '5');
        expect(status, type).to.equal(415);
        expect(json).to.include({ code: 'DE_HTTP_CONTENT_TYPE' });
      }
      expect((await signal(undefined)).status).to.equal(202);
      expect((await signal('application/json', '5')).status).to.equal(202);
    });

    it('H4 a request that a page of another site sends answers 403', async () => {
      const hostile: Readonly<Record<string, string>>[] = [
        { origin: 'http://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { host: 'evil.example' },
      ];
      for (const headers of hostile) {
        const { status } = await server().send('POST', 'entities/Counter/a?op=add', { body: '5', headers });
        expect(status, JSON.stringify(headers)).to.equal(403);
      }
      expect((await server().get('entities/Counter/a')).status).to.equal(404);
      const own = { origin: server().url, 'sec-fetch-site': 'same-origin' };
      expect((await server().send('POST', 'entities/Counter/a?op=add', { body: '5', headers: own })).status).to.equal(
        202,
      );
    });

    it('H5 taskHub, connection and unknown parameters are passed over', async () => {
      const query = 'taskHub=Other%20Hub&connection=None&api-version=9&systemKey=x';
      const { status, json } = await server().post(`orchestrators/Echo/e?${query}`, 1);
      expect(status).to.equal(202);
      expect((json as Record<string, string>)['statusQueryGetUri']).to.match(/\?taskHub=Other%20Hub&connection=None$/);
      expect((await server().get(`instances/?${query}`)).json).to.have.lengthOf(1);
    });

    it('H6 another method answers 405 with the methods that are served, and another path 404', async () => {
      for (const [method, path, allow] of [
        ['GET', 'orchestrators/Echo', 'POST'],
        ['PUT', 'instances/a', 'GET, DELETE'],
        ['PATCH', 'entities/Counter/a', 'GET, POST, DELETE'],
        ['DELETE', 'entities', 'GET'],
      ] as const) {
        const { status, headers } = await server().send(method, path, {
          headers: { 'content-type': 'application/json' },
        });
        expect([status, headers['allow']], `${method} ${path}`).to.deep.equal([405, allow]);
      }
      for (const path of ['', 'makeprimary', 'instances/a/explode', 'orchestrators', 'Instances2/a']) {
        expect((await server().post(path)).status, path).to.equal(404);
      }
    });

    it('H7 a body above one mebibyte answers 413, and one that is nested too deep 400', async () => {
      const headers = { 'content-type': 'application/json', 'content-length': '1100000' };
      expect((await server().send('POST', 'orchestrators/Echo', { headers })).status).to.equal(413);
      const deep = '['.repeat(100_000) + ']'.repeat(100_000);
      const nested = await server().send('POST', 'orchestrators/Echo', { body: deep });
      expect([nested.status, (nested.json as { code: string }).code]).to.deep.equal([400, 'DE_SERIALIZATION']);
      expect((await server().get('instances')).json).to.deep.equal([]);
    });

    it('H51 a refusal has a code, a message and a hint, and nothing of the inside', async () => {
      for (const { text, json } of [
        await server().get('instances/nowhere'),
        await server().post('orchestrators/Nope'),
        await server().get('entities/Counter/none'),
        await server().delete('instances'),
        await server().get('nothing/here'),
      ]) {
        expect(json).to.have.all.keys('code', 'message', 'hint');
        expect(text).not.to.match(/\.[jt]s\b|node:|\bat .*\(/);
      }
    });
  });

  it('H52 with `payloads: hide` no value of a user leaves, and a function decides value by value', async () => {
    await world().start(programs());
    const send = async (server: ApiServer) => {
      await server.post('orchestrators/Echo/e?timeout=60&pollingInterval=1', 'input-secret');
      await server.post('orchestrators/Fail/f?timeout=60&pollingInterval=1');
      await world().client.callEntity(new EntityId('Box', 'b'), 'put', 'state-secret');
      const paths = [
        'instances/e?showHistory=true&showHistoryOutput=true',
        'instances/f',
        'instances',
        'entities?fetchState=true',
        'entities/Box/b',
      ];
      const answers = [];
      for (const path of paths) answers.push((await server.get(path)).text);
      return answers.join('\n');
    };
    const hiding = await ApiServer.start(world(), { payloads: 'hide' });
    try {
      const text = await send(hiding);
      expect(text).not.to.match(/secret|broken/);
      expect(text).to.include('(hidden)');
    } finally {
      await hiding.close();
    }
    const places: string[] = [];
    const choosing = await ApiServer.start(world(), {
      payloads: (value, { kind, instance, name }) => {
        places.push(`${kind} of ${name} ${instance}`);
        return kind === 'state' ? value : undefined;
      },
    });
    try {
      const text = await send(choosing);
      expect(text).to.include('state-secret');
      expect(text).not.to.match(/input-secret|broken/);
      expect(places).to.include.members([
        'input of Echo e',
        'output of Echo e',
        'error of Fail f',
        'state of box @box@b',
      ]);
    } finally {
      await choosing.close();
    }
  });

  it('H53 without `writes`, callers on this machine may read only', async () => {
    await world().start(programs());
    const server = await ApiServer.start(world(), { writes: false });
    try {
      expect((await server.get('instances')).status).to.equal(200);
      expect((await server.get('entities')).status).to.equal(200);
      for (const [method, path] of [
        ['POST', 'orchestrators/Echo'],
        ['POST', 'instances/a/terminate'],
        ['POST', 'instances/a/raiseEvent/go'],
        ['DELETE', 'instances/a'],
        ['DELETE', 'instances?createdTimeFrom=1970-01-01'],
        ['POST', 'entities/Counter/a?op=add'],
        ['DELETE', 'entities/Counter/a'],
      ] as const) {
        const { status, json } = await server.send(method, path, { headers: { 'content-type': 'application/json' } });
        expect(status, `${method} ${path}`).to.equal(403);
        expect(json).to.include({ code: 'DE_HTTP_READ_ONLY' });
      }
    } finally {
      await server.close();
    }
  });
});

describe('the input of a client of Azure', () => {
  it('names the server in both modes, and holds the key only in URLs that need it', () => {
    const rpc = azureClientInput('http://127.0.0.1:7071/', { key: 'secret-key-of-tests' });
    expect(rpc.rpcBaseUrl).to.equal('http://key:secret-key-of-tests@127.0.0.1:7071/runtime/webhooks/durabletask/');
    const { rpcBaseUrl: _with, ...others } = rpc;
    expect(JSON.stringify(others)).not.to.include('secret');
    const templates = azureClientInput('https://app.example/durable', { key: 'secret-key-of-tests', templates: true });
    expect(templates).not.to.have.property('rpcBaseUrl');
    expect(templates.managementUrls.statusQueryGetUri).to.equal(
      'https://app.example/durable/runtime/webhooks/durabletask/instances/INSTANCEID?taskHub=DurableEntities&connection=Storage&code=secret-key-of-tests',
    );
  });

  it('is refused for what is no URL of a server, and for unknown options', async () => {
    for (const url of ['', '127.0.0.1:7071', 'ftp://a', 'http://user:pass@a', 'http://a?code=x', undefined, 7]) {
      await refusal(() => azureClientInput(url as string), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    for (const options of [{ keys: 'x' }, { key: '' }, { key: 5 }, { templates: 'yes' }, { taskHubName: '' }]) {
      await refusal(() => azureClientInput('http://a', options as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
  });
});

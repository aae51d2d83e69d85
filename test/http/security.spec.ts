import { connect } from 'node:net';
import { expect } from 'chai';
import { EntityId } from '../../src/index.js';
import { contentPolicy } from '../../src/http/answer-writer.js';
import { everything } from './counter.js';
import { httpSuite, send, writing } from './harness.js';

const readToken = 'read-token-0123456789';
const writeToken = 'write-token-0123456789';
const tokens = { read: readToken, write: writeToken };
const signalPath = '/api/v1/entities/counter/a/signal';
const signal = { method: 'POST', headers: writing, body: { operation: 'add', input: 1 } };

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function codeOf(response: { readonly json: unknown }): unknown {
  return (response.json as { code?: unknown } | undefined)?.code;
}

/** Bytes that a raw socket receives until the server ends it. */
function rawExchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', reject).on('close', () => resolve(received));
  });
}

httpSuite('who may do what', (world) => {
  beforeEach(() => world().start(everything));

  it('a program on this machine reads without a token', async () => {
    const port = await world().serveHandler();
    const answer = await send(port, '/api/v1/session');
    expect(answer.json).to.deep.equal({ user: 'local', may: 'read', login: 'none', payloads: 'show' });
  });

  it('a program on this machine does not write unless the server allows it', async () => {
    const refused = await send(await world().serveHandler(), signalPath, signal);
    expect([refused.status, codeOf(refused)]).to.deep.equal([403, 'DE_HTTP_READ_ONLY']);
    const allowed = await send(await world().serveHandler({ writes: true }), signalPath, signal);
    expect(allowed.status).to.equal(202);
  });

  it('a request that a proxy passes on is not one of this machine', async () => {
    const port = await world().serveHandler();
    for (const [name, value] of [
      ['x-forwarded-for', '10.0.0.1'],
      ['forwarded', 'for=10.0.0.1'],
    ] as const) {
      const headers = { [name]: value };
      const answer = await send(port, '/api/v1/openapi.json', { headers });
      expect([answer.status, codeOf(answer)]).to.deep.equal([401, 'DE_HTTP_UNAUTHENTICATED']);
    }
  });

  it('with tokens nobody reads without one', async () => {
    const port = await world().serveHandler({ tokens });
    expect((await send(port, '/api/v1/openapi.json')).status).to.equal(401);
    expect((await send(port, '/api/v1/openapi.json', { headers: bearer(readToken) })).status).to.equal(200);
    expect((await send(port, '/api/v1/openapi.json', { headers: bearer(`${readToken}x`) })).status).to.equal(401);
  });

  it('a read token does not write, and a write token does', async () => {
    const port = await world().serveHandler({ tokens });
    const withToken = (token: string) => ({ ...signal, headers: { ...writing, ...bearer(token) } });
    expect(codeOf(await send(port, signalPath, withToken(readToken)))).to.equal('DE_HTTP_READ_ONLY');
    expect((await send(port, signalPath, withToken(writeToken))).status).to.equal(202);
  });

  it('a token in the query or in Basic credentials does not count on the own API', async () => {
    const port = await world().serveHandler({ tokens });
    expect((await send(port, `/api/v1/openapi.json?code=${readToken}`)).status).to.equal(401);
    const basic = { authorization: `Basic ${Buffer.from(`x:${readToken}`).toString('base64')}` };
    expect((await send(port, '/api/v1/openapi.json', { headers: basic })).status).to.equal(401);
  });

  it('a short token is refused at the start', () => {
    expect(() => world().handler({ tokens: { read: 'short' } })).to.throw('at least 16 characters');
    expect(() => world().handler({ tokens: { read: [readToken, 7 as never] } })).to.throw('tokens.read');
  });

  it('the application recognises its own callers', async () => {
    const port = await world().serveHandler({
      authorize: ({ headers }) => (headers['x-session'] === 'ann' ? { user: 'ann', may: 'write' } : undefined),
    });
    const answer = await send(port, '/api/v1/session', { headers: { 'x-session': 'ann' } });
    expect(answer.json).to.deep.equal({ user: 'ann', may: 'write', login: 'application', payloads: 'show' });
    expect((await send(port, '/api/v1/openapi.json')).status).to.equal(401);
    const written = await send(port, signalPath, { ...signal, headers: { ...writing, 'x-session': 'ann' } });
    expect(written.status).to.equal(202);
  });

  it('an answer of `authorize` that is not a caller lets nobody in', async () => {
    const port = await world().serveHandler({ authorize: () => ({ user: 'ann', may: 'everything' }) as never });
    const answer = await send(port, '/api/v1/openapi.json');
    expect([answer.status, codeOf(answer)]).to.deep.equal([500, 'DE_HTTP_INTERNAL']);
  });

  it('after five wrong tokens within a minute an address is refused unseen, also with the right one', async () => {
    const port = await world().serveHandler({ tokens });
    const open = (token: string) => send(port, '/api/v1/openapi.json', { headers: bearer(token) });
    for (let attempt = 1; attempt <= 5; attempt++) expect((await open('wrong')).status).to.equal(401);
    const refused = await open(readToken);
    expect([refused.status, codeOf(refused)]).to.deep.equal([429, 'DE_HTTP_TOO_MANY_FAILURES']);
    expect(Number(refused.headers['retry-after'])).to.be.within(1, 60);
    world().httpClock.pass(60_001);
    expect((await open(readToken)).status).to.equal(200);
  });

  it('wrong keys and tokens of the login count as failures too', async () => {
    const port = await world().serveHandler({ tokens });
    const login = (body: unknown) => send(port, '/api/v1/session', { method: 'POST', headers: writing, body });
    for (let attempt = 1; attempt <= 3; attempt++) expect((await login({ key: 'wrong' })).status).to.equal(401);
    for (let attempt = 1; attempt <= 2; attempt++) expect((await login({ token: 'wrong' })).status).to.equal(401);
    expect((await login({ token: readToken })).status).to.equal(429);
  });
});

httpSuite('sessions of browsers', (world) => {
  beforeEach(() => world().start(everything));

  const login = (port: number, body: unknown, headers: Record<string, string> = {}) =>
    send(port, '/api/v1/session', { method: 'POST', headers: { ...writing, ...headers }, body });

  function cookieFrom(headers: { readonly 'set-cookie'?: string[] | undefined }): string {
    return (headers['set-cookie']?.[0] ?? '').split(';')[0] as string;
  }

  it('a one-time key opens one session', async () => {
    const handler = world().handler({ tokens });
    const port = await world().listen(handler);
    const key = handler.oneTimeKey();
    const answer = await login(port, { key });
    expect(answer.json).to.include({ user: 'session', may: 'write' });
    const cookie = cookieFrom(answer.headers);
    expect((await send(port, '/api/v1/openapi.json', { headers: { cookie } })).status).to.equal(200);
    expect((await login(port, { key })).status).to.equal(401);
  });

  it('the cookie is HttpOnly, SameSite=Strict, of this mount point, and Secure behind TLS', async () => {
    const handler = world().handler({ tokens, prefix: '/durable' });
    const port = await world().listen(handler);
    const open = (headers: Record<string, string>) =>
      send(port, '/durable/api/v1/session', {
        method: 'POST',
        headers: { ...writing, ...headers },
        body: { token: readToken },
      });
    const [plain] = (await open({})).headers['set-cookie'] as string[];
    expect(plain).to.match(
      /^durable-entities-[0-9a-f]{8}=[\w-]{43}; Path=\/durable; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    const [secure] = (await open({ 'x-forwarded-proto': 'https' })).headers['set-cookie'] as string[];
    expect(secure).to.match(/; Secure$/);
  });

  it('a session ends after 12 hours, and at the logout', async () => {
    const port = await world().serveHandler({ tokens });
    const cookie = cookieFrom((await login(port, { token: readToken })).headers);
    const status = async () => (await send(port, '/api/v1/openapi.json', { headers: { cookie } })).status;
    world().httpClock.pass(12 * 3_600_000 - 60_000);
    expect(await status()).to.equal(200);
    world().httpClock.pass(120_000);
    expect(await status()).to.equal(401);
    const second = cookieFrom((await login(port, { token: readToken })).headers);
    await send(port, '/api/v1/session', { method: 'DELETE', headers: { ...writing, cookie: second } });
    expect((await send(port, '/api/v1/openapi.json', { headers: { cookie: second } })).status).to.equal(401);
  });

  it('an unused one-time key ends after an hour', async () => {
    const handler = world().handler({ tokens });
    const port = await world().listen(handler);
    const key = handler.oneTimeKey();
    world().httpClock.pass(3_600_001);
    expect((await login(port, { key })).status).to.equal(401);
  });

  it('a session of a read token does not write', async () => {
    const port = await world().serveHandler({ tokens });
    const cookie = cookieFrom((await login(port, { token: readToken })).headers);
    const answer = await send(port, signalPath, { ...signal, headers: { ...writing, cookie } });
    expect(codeOf(answer)).to.equal('DE_HTTP_READ_ONLY');
  });

  it('a key of a server without tokens and writes opens a session that reads', async () => {
    const handler = world().handler();
    const port = await world().listen(handler);
    expect((await login(port, { key: handler.oneTimeKey() })).json).to.include({ may: 'read' });
  });
});

httpSuite('requests of other sites', (world) => {
  let port: number;
  beforeEach(async () => {
    await world().start(everything);
    port = await world().serveHandler({ writes: true, hosts: ['app.example.com'] });
  });

  it('a wrong Host is refused before routing', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', 'a b', '[::2]']) {
      for (const path of ['/api/v1/openapi.json', '/', '/nothing']) {
        const answer = await send(port, path, { headers: { host } });
        expect([host, answer.status, codeOf(answer)]).to.deep.equal([host, 403, 'DE_HTTP_WRONG_HOST']);
      }
    }
  });

  it('an empty Host is refused', async () => {
    const received = await rawExchange(port, 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n');
    expect(received).to.match(/^HTTP\/1\.1 403 [\s\S]*DE_HTTP_WRONG_HOST/);
  });

  it('loopback names and configured names are served, with any port', async () => {
    for (const host of [
      'localhost',
      'LOCALHOST:1',
      '127.0.0.1:99',
      '[::1]:7071',
      'app.example.com',
      'App.Example.com:443',
    ]) {
      expect((await send(port, '/api/v1/openapi.json', { headers: { host } })).status, host).to.equal(200);
    }
  });

  it('health tells a supervisor with another Host that the process is up, and nothing else', async () => {
    const answer = await send(port, '/healthz', { headers: { host: '10.1.2.3:8080' } });
    expect([answer.status, answer.json]).to.deep.equal([200, { up: true }]);
  });

  const writesWith = (headers: Record<string, string>) =>
    send(port, signalPath, { ...signal, headers: { ...writing, ...headers } });

  it('a write with the Origin of another site is refused', async () => {
    const host = `127.0.0.1:${port}`;
    for (const origin of ['http://evil.example', 'null', `http://${host}.evil.example`, 'http://127.0.0.1:1', '']) {
      const answer = await writesWith({ origin });
      expect([origin, answer.status, codeOf(answer)]).to.deep.equal([origin, 403, 'DE_HTTP_CROSS_SITE']);
    }
    expect((await writesWith({ origin: `http://${host}` })).status).to.equal(202);
    expect((await writesWith({ origin: `https://${host}` })).status).to.equal(202);
  });

  it('a write that Sec-Fetch-Site calls foreign is refused', async () => {
    for (const site of ['cross-site', 'same-site', 'anything']) {
      const answer = await writesWith({ 'sec-fetch-site': site });
      expect([answer.status, codeOf(answer)]).to.deep.equal([403, 'DE_HTTP_CROSS_SITE']);
    }
    for (const site of ['none', 'same-origin'])
      expect((await writesWith({ 'sec-fetch-site': site })).status).to.equal(202);
  });

  it('a read by another site is refused, unless it is a navigation', async () => {
    const read = (headers: Record<string, string>) => send(port, '/api/v1/openapi.json', { headers });
    expect((await read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status).to.equal(403);
    expect((await read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).to.equal(200);
  });

  it('a write with a content type that a form can send is refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
    ]) {
      const answer = await writesWith({ 'content-type': type });
      expect([type, answer.status, codeOf(answer)]).to.deep.equal([type, 415, 'DE_HTTP_CONTENT_TYPE']);
    }
    expect((await writesWith({ 'content-type': 'Application/JSON; charset=utf-8' })).status).to.equal(202);
  });

  it('a write without the own header or a bearer token is refused', async () => {
    const answer = await send(port, signalPath, { ...signal, headers: { 'content-type': 'application/json' } });
    expect([answer.status, codeOf(answer)]).to.deep.equal([403, 'DE_HTTP_CROSS_SITE']);
    const protectedPort = await world().serveHandler({ tokens });
    const headers = { 'content-type': 'application/json', ...bearer(writeToken) };
    expect((await send(protectedPort, signalPath, { ...signal, headers })).status).to.equal(202);
  });

  it('a login by another site is refused', async () => {
    const answer = await send(port, '/api/v1/session', {
      method: 'POST',
      headers: { ...writing, origin: 'http://evil.example' },
      body: { key: 'x' },
    });
    expect(codeOf(answer)).to.equal('DE_HTTP_CROSS_SITE');
  });

  it('no method but POST and DELETE changes anything, and preflight requests get no permission', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'OPTIONS']) {
      const answer = await send(port, signalPath, {
        method,
        headers: { ...writing, origin: `http://127.0.0.1:${port}` },
      });
      expect([method, answer.status, answer.headers['allow']]).to.deep.equal([method, 405, 'POST']);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    }
    expect(await world().client.readEntityState(new EntityId('Counter', 'a'))).to.include({ entityExists: false });
  });
});

httpSuite('sizes and times of requests', (world) => {
  let port: number;
  beforeEach(async () => {
    await world().start(everything);
    port = await world().serveHandler({ writes: true });
  });

  it('a body over 1 MiB is refused, whether its length is announced or not', async () => {
    const large = JSON.stringify({ operation: 'keep', input: 'x'.repeat(1_048_577) });
    const announced = await send(port, signalPath, { ...signal, body: large });
    expect([announced.status, codeOf(announced)]).to.deep.equal([413, 'DE_HTTP_TOO_LARGE']);
    const head = `POST ${signalPath} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Durable-Entities: 1\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `${(262_144).toString(16)}\r\n${'x'.repeat(262_144)}\r\n`;
    const received = await rawExchange(port, head + chunk.repeat(5));
    expect(received).to.match(/^HTTP\/1\.1 413 /);
    expect(received.toLowerCase()).to.include('connection: close');
  });

  it('a body that does not arrive within 30 s is refused', async () => {
    const head = `POST ${signalPath} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Durable-Entities: 1\r\nContent-Length: 10\r\n\r\n{`;
    const received = rawExchange(port, head);
    // A second request is served after the head of the first one was read.
    await send(port, '/healthz');
    await send(port, '/healthz');
    world().httpClock.pass(30_001);
    expect(await received).to.match(/^HTTP\/1\.1 408 [\s\S]*DE_HTTP_TIMEOUT/);
  });

  it('a path over 8 KiB is refused', async () => {
    const answer = await send(port, `/api/v1/runs/${'a'.repeat(8_192)}`);
    expect([answer.status, codeOf(answer)]).to.deep.equal([414, 'DE_HTTP_PATH_TOO_LONG']);
  });

  it('a path that is not encoded well is refused', async () => {
    for (const path of ['/api/v1/runs/%', '/api/v1/runs/%ff', '/api/v1/entities/counter/%E0%A4%A']) {
      const answer = await send(port, path);
      expect([answer.status, codeOf(answer)]).to.deep.equal([400, 'DE_HTTP_BAD_REQUEST']);
    }
  });

  it('a body that is not JSON is refused, and says so', async () => {
    for (const body of ['{', 'undefined', '"\\ud800', Buffer.from([0x22, 0xff, 0x22]).toString('latin1')]) {
      const answer = await send(port, signalPath, { ...signal, body });
      expect([answer.status, codeOf(answer)], body).to.deep.equal([400, 'DE_HTTP_BAD_REQUEST']);
    }
  });

  it('an unknown field of a body or a query is refused', async () => {
    const inBody = await send(port, signalPath, { ...signal, body: { operation: 'add', inputs: 1 } });
    expect([inBody.status, codeOf(inBody)]).to.deep.equal([400, 'DE_HTTP_BAD_REQUEST']);
    const inQuery = await send(port, '/api/v1/session?page=2');
    expect([inQuery.status, codeOf(inQuery)]).to.deep.equal([400, 'DE_HTTP_BAD_REQUEST']);
  });

  it('a body with a key __proto__ changes no prototype', async () => {
    const body = '{"operation":"keep","input":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}';
    expect((await send(port, signalPath, { ...signal, body })).status).to.equal(202);
    expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
    const refused = await send(port, signalPath, { ...signal, body: '{"operation":"keep","__proto__":{"x":1}}' });
    expect(refused.status).to.equal(400);
  });
});

httpSuite('what answers tell', (world) => {
  beforeEach(() => world().start(everything));

  it('every answer carries the headers that protect it', async () => {
    const port = await world().serveHandler({ writes: true });
    const answers = [
      await send(port, '/'),
      await send(port, '/healthz'),
      await send(port, '/nothing'),
      await send(port, '/api/v1/openapi.json'),
      await send(port, signalPath, signal),
    ];
    for (const { headers } of answers) {
      expect(headers).to.include({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': contentPolicy,
      });
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    }
    expect(contentPolicy).to.equal(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    );
  });

  it('an internal error shows nothing of itself, and goes to the log', async () => {
    const port = await world().serveHandler({
      authorize: () => {
        throw new Error('secret of the application');
      },
    });
    const answer = await send(port, '/api/v1/openapi.json');
    expect([answer.status, codeOf(answer)]).to.deep.equal([500, 'DE_HTTP_INTERNAL']);
    expect(answer.text).not.to.include('secret');
    expect(world().lines.filter(({ level }) => level === 'error')).to.have.lengthOf(1);
  });

  it('an error of the library has its code and hint, and no stack', async () => {
    const port = await world().serveHandler({ writes: true });
    const call = await send(port, '/api/v1/entities/counter/a/call', { ...signal, body: { operation: 'fail' } });
    expect(call.status).to.equal(422);
    expect(Object.keys(call.json as object)).to.deep.equal(['code', 'message', 'hint']);
    expect(call.text).not.to.match(/\bat .*\.js:\d+/);
  });

  it('a call shows neither its result nor the words of its error if payloads are hidden', async () => {
    const port = await world().serveHandler({ writes: true, payloads: 'hide' });
    const call = (body: unknown) => send(port, '/api/v1/entities/counter/a/call', { ...signal, body });
    expect((await call({ operation: 'add', input: 123 })).json).to.deep.equal({ result: { hidden: true } });
    const failed = await call({ operation: 'fail' });
    expect([failed.status, codeOf(failed)]).to.deep.equal([422, 'DE_OPERATION_FAILED']);
    expect(failed.text).not.to.include('secret');
  });

  it('one line in the log names the caller, the action and the target of each write, and no payload', async () => {
    const port = await world().serveHandler({ writes: true });
    await send(port, signalPath, { ...signal, body: { operation: 'keep', input: 'a secret' } });
    const lines = world().lines.filter(({ message }) => message.includes('HTTP'));
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]?.fields).to.include({
      user: 'local',
      action: 'POST /api/v1/entities/:name/:key/signal',
      status: 202,
    });
    expect(lines[0]?.fields).to.deep.include({ target: { name: 'counter', key: 'a' } });
    expect(JSON.stringify(world().lines)).not.to.include('a secret');
  });

  it('a refused write has its line too', async () => {
    const port = await world().serveHandler({ writes: true });
    await send(port, '/api/v1/runs/none/resume', { ...signal, body: {} });
    const [line] = world().lines.filter(({ message }) => message.includes('HTTP'));
    expect(line?.fields).to.include({ action: 'POST /api/v1/runs/:id/resume', status: 404 });
  });
});

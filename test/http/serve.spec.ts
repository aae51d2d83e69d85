import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { InvalidArgumentError } from '../../src/errors/index.js';
import { DashboardFiles } from '../../src/http/dashboard-files.js';
import { createHandler, serve } from '../../src/http/index.js';
import { refusal } from '../acceptance/world.js';
import { everything } from './counter.js';
import { Events, httpSuite, quiet, send } from './harness.js';

httpSuite('serve', (world) => {
  beforeEach(() => world().start(everything));

  it('listens on the loopback address, and tells its address', async () => {
    await using server = await serve({ client: world().client, port: 0 });
    expect(server.url).to.equal(`http://127.0.0.1:${server.port}`);
    expect((await send(server.port, '/healthz')).status).to.equal(200);
  });

  it('refuses another address without tokens or authorize', async () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '']) {
      const attempt = serve({ client: world().client, port: 0, host });
      const error = await refusal(attempt, InvalidArgumentError, 'DE_INVALID_ARGUMENT');
      expect(error.argument).to.equal('host');
    }
    const empty = serve({ client: world().client, port: 0, host: '0.0.0.0', tokens: {} });
    await refusal(empty, InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    const none = serve({ client: world().client, port: 0, host: '0.0.0.0', tokens: { read: [] } });
    await refusal(none, InvalidArgumentError, 'DE_INVALID_ARGUMENT');
  });

  it('listens on another address with tokens, and nobody reads there without one', async () => {
    const tokens = { read: 'read-token-0123456789' };
    await using server = await serve({ client: world().client, port: 0, host: '0.0.0.0', tokens });
    expect((await send(server.port, '/api/v1/openapi.json')).status).to.equal(401);
  });

  it('refuses unknown options, and names the nearest', async () => {
    const error = await refusal(
      serve({ client: world().client, prot: 1 } as never),
      InvalidArgumentError,
      'DE_INVALID_ARGUMENT',
    );
    expect(error.message).to.include('port');
    expect(() => createHandler({ client: world().client, token: {} } as never)).to.throw('tokens');
    expect(() => createHandler(undefined as never)).to.throw(InvalidArgumentError);
    expect(() => createHandler({ client: {} as never })).to.throw('client');
    expect(() => createHandler({ client: world().client, prefix: 'a b' })).to.throw('prefix');
    expect(() => createHandler({ client: world().client, hosts: ['a/b'] })).to.throw('hosts');
    expect(() => createHandler({ client: world().client, payloads: 'some' as never })).to.throw('payloads');
  });

  it('rejects if the port is taken', async () => {
    await using server = await serve({ client: world().client, port: 0 });
    const error = await serve({ client: world().client, port: server.port }).catch((thrown: unknown) => thrown);
    expect((error as { code?: string }).code).to.equal('EADDRINUSE');
  });

  it('makes addresses that log one browser in, once each', async () => {
    await using server = await serve({ client: world().client, port: 0, writes: true, logger: world().logger });
    const address = server.loginUrl();
    expect(address.startsWith(`${server.url}/#k=`)).to.equal(true);
    expect(server.loginUrl()).not.to.equal(address);
    const key = address.slice(address.indexOf('#k=') + 3);
    const headers = { 'content-type': 'application/json', 'x-durable-entities': '1' };
    const login = () => send(server.port, '/api/v1/session', { method: 'POST', headers, body: { key } });
    expect((await login()).json).to.include({ may: 'write' });
    expect((await login()).status).to.equal(401);
  });

  it('serves at most 100 connections', async () => {
    await using server = await serve({ client: world().client, port: 0 });
    const sockets = Array.from({ length: 101 }, () => connect(server.port, '127.0.0.1'));
    const ended = await Promise.race(
      sockets.map(
        (socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', () => resolve('one was ended'))),
      ),
    );
    expect(ended).to.equal('one was ended');
    for (const socket of sockets) socket.destroy();
  });

  it('ends its streams at the close, and frees the port', async () => {
    const server = await serve({ client: world().client, inspector: quiet, port: 0 });
    const events = await Events.open(server.port, '/api/v1/live');
    expect(await events.block()).to.equal(': open');
    await server.close();
    await server.close();
    while ((await events.block()) !== undefined);
    expect(events.response.complete || events.response.destroyed).to.equal(true);
    await using second = await serve({ client: world().client, port: server.port });
    expect(second.port).to.equal(server.port);
  });
});

httpSuite('files of the dashboard', (world) => {
  let folder: string;
  beforeEach(async () => {
    await world().start(everything);
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-dashboard-'));
    await mkdir(join(folder, 'public/assets'), { recursive: true });
    await writeFile(join(folder, 'public/index.html'), '<!doctype html><title>page</title>');
    await writeFile(join(folder, 'public/assets/main.js'), 'export {};');
    await writeFile(join(folder, 'secret.txt'), 'secret');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const served = () => world().serveHandler({ prefix: '/durable' }, new DashboardFiles(join(folder, 'public')));

  it('the page and its files are served to everybody, because they hold no data', async () => {
    const tokens = { read: 'read-token-0123456789' };
    const port = await world().serveHandler({ tokens }, new DashboardFiles(join(folder, 'public')));
    const page = await send(port, '/');
    expect([page.status, page.headers['content-type'], page.text]).to.deep.equal([
      200,
      'text/html; charset=utf-8',
      '<!doctype html><title>page</title>',
    ]);
    expect((await send(port, '/assets/main.js')).headers['content-type']).to.equal('text/javascript; charset=utf-8');
    expect((await send(port, '/', { method: 'HEAD' })).text).to.equal('');
  });

  it('a browser gets them compressed', async () => {
    const port = await served();
    const response = await fetch(`http://127.0.0.1:${port}/durable/assets/main.js`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(response.headers.get('content-encoding')).to.equal('gzip');
    expect(await response.text()).to.equal('export {};');
  });

  it('no path leads out of the folder', async () => {
    const port = await served();
    const paths = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/../../secret.txt',
      '/assets/..%5c..%5csecret.txt',
      '//secret.txt',
    ];
    for (const path of paths) {
      const answer = await send(port, `/durable${path}`);
      expect([path, answer.status]).to.deep.equal([path, 404]);
      expect(answer.text).not.to.equal('secret');
    }
  });

  it('the address of the mount point without a slash leads to the page, on this host', async () => {
    const port = await served();
    const answer = await send(port, '/durable?x=1');
    expect([answer.status, answer.headers.location]).to.deep.equal([308, './durable/']);
  });

  it('a page that is not built says so', async () => {
    const port = await world().serveHandler({}, new DashboardFiles(join(folder, 'nothing')));
    const answer = await send(port, '/');
    expect([answer.status, answer.text.includes('not built')]).to.deep.equal([404, true]);
  });
});

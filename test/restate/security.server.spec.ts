/** The security of hosts on Restate: signed requests, and handlers that only other handlers may call. */
import { expect } from 'chai';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { EntityId, StorageError } from '../../src/index.js';
import { RestateHost } from '../../src/restate/index.js';
import { refusal } from '../acceptance/world.js';
import { hasRestate, restateServer, startRestate, type RestateServer } from '../servers/restate.js';
import { RestateWorld } from './restate-world.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const state = context.getState<{ n: number }>(() => ({ n: 0 }));
  return (state.n += 1);
});
const shout = defineActivity('Shout', (_, text: string) => text.toUpperCase());
const flow = defineOrchestration('Flow', async (context) => context.callActivity(shout, 'a'));
const code = [counter, shout, flow];

const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The public key in the form that a Restate server prints. */
function publicKeyText(key: KeyObject): string {
  const raw = key.export({ type: 'spki', format: 'der' }).subarray(-32);
  let text = '';
  for (let rest = BigInt(`0x${raw.toString('hex')}`); rest > 0n; rest /= 58n)
    text = (digits[Number(rest % 58n)] ?? '') + text;
  const zeros = raw.findIndex((byte) => byte !== 0);
  return `publickeyv1_${'1'.repeat(Math.max(zeros, 0))}${text}`;
}

/** The status of a request to a host, as anybody can send it. */
function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', reject);
    const request = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/vnd.restate.invocation.v5',
    });
    request.on('response', (headers) => {
      resolve(Number(headers[':status']));
      request.close();
      session.close();
    });
    request.on('error', reject);
    request.end();
  });
}

if (hasRestate()) {
  describe('signed requests on Restate', () => {
    let server: RestateServer;
    let folder: string;
    let key: string;

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'durable-restate-key-'));
      const { privateKey, publicKey } = generateKeyPairSync('ed25519');
      const file = join(folder, 'key.pem');
      writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      key = publicKeyText(publicKey);
      server = await startRestate(`\nrequest-identity-private-key-pem-file = ${JSON.stringify(file)}\n`);
    });
    after(async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const start = (hub: string, identityKeys: string[]) =>
      RestateHost.start({
        ingress: [server.ingress],
        admin: server.admin,
        hub,
        advertise: 'http://127.0.0.1:0',
        register: code,
        identityKeys,
        logger: silent,
        strict: 'off',
      });

    it('a host with the key of its cluster runs its requests, and refuses those that are not signed', async () => {
      const host = await start('signed', [key]);
      expect(await host.client.callEntity(new EntityId('Counter', 'a'), 'add')).to.equal(1);
      expect(await (await host.client.startNew(flow)).result()).to.equal('A');
      expect(await statusOf(host.port, '/invoke/signed.entity.counter/run')).to.equal(401);
      await host.stop();
    });

    it('a host with the key of another cluster cannot be registered', async () => {
      const { publicKey } = generateKeyPairSync('ed25519');
      await refusal(start('foreign', [publicKeyText(publicKey)]), StorageError, 'DE_STORAGE');
    });
  });

  describe('private handlers on Restate', () => {
    it('no request of the ingress reaches a handler that only other handlers call', async () => {
      const world = new RestateWorld();
      const host = await world.start(code, { logger: silent, strict: 'off' });
      const { ingress } = await restateServer();
      const { hub } = world;
      await host.client.callEntity(new EntityId('Counter', 'a'), 'add');
      const handlers = [
        ...['section', 'tick', 'expire'].map((handler) => `${hub}.entity.counter/a/${handler}`),
        ...['begin', 'continued', 'progress'].map((handler) => `${hub}.runs/a/${handler}`),
        `${hub}.activity.Shout/run`,
        `${hub}.orchestration.Flow/run`,
      ];
      const statuses = await Promise.all(
        handlers.flatMap((handler) =>
          ['', '/send'].map(async (how) => {
            const answer = await fetch(`${ingress}/${handler}${how}`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: '{}',
            });
            return `${handler}${how} ${answer.status}`;
          }),
        ),
      );
      expect(statuses.filter((each) => !/ (?:400|403|404)$/.test(each))).to.deep.equal([]);
      expect(await host.client.callEntity(new EntityId('Counter', 'a'), 'add')).to.equal(2);
      await host.stop();
    });
  });
}

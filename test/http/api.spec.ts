import { expect } from 'chai';
import fc from 'fast-check';
import { EntityId } from '../../src/index.js';
import type { Setting } from '../acceptance/world.js';
import { everything } from './counter.js';
import { Description } from './description.js';
import { Events, httpSuite, send, writing, type Request } from './harness.js';

const settings: readonly Setting[] = [
  { storage: 'memory', evict: false },
  { storage: 'sqlite', evict: false },
];

const hostileKeys = [
  'a/b',
  '%2F',
  'é ü',
  '..',
  '?#&',
  '<img src=x>',
  '@x@',
  "'; DROP TABLE",
  '\u202e',
  'x'.repeat(200),
];

for (const setting of settings) {
  httpSuite(
    `the API on a host (${setting.storage})`,
    (world) => {
      let port: number;
      let description: Description;
      beforeEach(async () => {
        await world().start(everything);
        port = await world().serveHandler({ writes: true });
        description = Description.of(await send(port, '/api/v1/openapi.json'));
      });

      /** Sends a request, and holds the answer against the description. */
      async function ask(operation: string, path: string, request: Request = {}): Promise<never> {
        const [method = 'GET'] = operation.split(' ');
        const answer = await send(port, path, {
          method,
          ...(method === 'GET' ? {} : { headers: writing }),
          ...request,
        });
        expect(description.problems(operation, answer), answer.text).to.deep.equal([]);
        return { ...answer, ...(answer.json as object) } as never;
      }

      const entityPath = (key: string) => `/api/v1/entities/counter${key === '' ? '' : `/${encodeURIComponent(key)}`}`;
      const one = '/api/v1/entities/{name}/{key}';

      it('signals, calls and shows entities under any key', async () => {
        for (const key of hostileKeys) {
          const path = entityPath(key);
          const { status } = await ask(`POST ${one}/signal`, `${path}/signal`, {
            body: { operation: 'add', input: 2 },
          });
          expect(status).to.equal(202);
          const called = await ask(`POST ${one}/call`, `${path}/call`, { body: { operation: 'get' } });
          expect((called as { result: unknown }).result).to.deep.equal({ value: 2 });
          const shown = (await ask(`GET ${one}`, path)) as { key: string; state: unknown; entityId: string };
          expect([shown.key, shown.entityId]).to.deep.equal([key, `@counter@${key}`]);
          expect(shown.state).to.deep.equal({ value: 2, length: 1 });
        }
      });

      it('the empty key is written ?key=', async () => {
        await ask(`POST ${one}/call`, `${entityPath('')}/call?key=`, { body: { operation: 'add', input: 5 } });
        const { entityState } = await world().client.readEntityState(new EntityId('Counter', ''));
        expect(entityState).to.equal(5);
        const shown = (await ask(`GET ${one}`, `${entityPath('')}?key=`)) as { key: string };
        expect(shown.key).to.equal('');
        await ask(`GET ${one}/explain`, `${entityPath('')}/explain?key=`);
      });

      it('lists entities page by page, and filters them', async () => {
        for (let at = 0; at < 7; at++) await world().client.callEntity(new EntityId('Counter', `k${at}`), 'add', at);
        const keys: string[] = [];
        let cursor = '';
        do {
          const page = (await ask('GET /api/v1/entities', `/api/v1/entities?name=counter&limit=3${cursor}`)) as {
            items: { key: string }[];
            next: string | null;
          };
          keys.push(...page.items.map(({ key }) => key));
          cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`;
        } while (cursor !== '');
        expect(keys.toSorted()).to.deep.equal(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6']);
        const some = (await ask('GET /api/v1/entities', '/api/v1/entities?keyPrefix=k3')) as { items: unknown[] };
        expect(some.items).to.have.lengthOf(1);
        const wrong = (await ask('GET /api/v1/entities', '/api/v1/entities?cursor=nonsense')) as { status: number };
        expect(wrong.status).to.equal(400);
      });

      it('answers as described, whatever conditions a list gets', async () => {
        await world().client.callEntity(new EntityId('Counter', 'a'), 'add', 1);
        await world().client.startNew('Waiter', { instanceId: 'w' });
        const queries = {
          'GET /api/v1/entities': [
            'name',
            'keyPrefix',
            'locked',
            'lockedBy',
            'waiting',
            'modifiedSince',
            'contains',
            'order',
            'limit',
          ],
          'GET /api/v1/runs': [
            'name',
            'status',
            'idPrefix',
            'createdAfter',
            'parentId',
            'tag',
            'idleForMs',
            'contains',
            'order',
            'limit',
          ],
        };
        const value = fc.oneof(
          fc.constantFrom(
            'counter',
            'Waiter',
            'true',
            'asc',
            'desc',
            '5',
            '100',
            'running',
            'running,failed',
            'a:b',
            '2026-01-01T00:00:00Z',
          ),
          fc.string({ unit: 'binary', maxLength: 8 }),
        );
        for (const [operation, names] of Object.entries(queries)) {
          const query = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 });
          for (const given of fc.sample(query, { numRuns: 60, seed: 3 })) {
            const answer = await ask(operation, `${operation.split(' ')[1]}?${new URLSearchParams(given).toString()}`);
            expect((answer as { status: number }).status, JSON.stringify(given)).to.be.oneOf([200, 400, 404]);
          }
        }
      });

      it('starts, shows, lists and commands orchestrations', async () => {
        const started = await ask('POST /api/v1/runs', '/api/v1/runs', {
          body: { orchestration: 'Waiter', instanceId: 'w/1', input: { a: 1 }, tags: { team: 'x, y', area: 'z' } },
        });
        expect(started).to.include({ status: 202, instanceId: 'w/1' });
        const path = '/api/v1/runs/w%2F1';
        const run = '/api/v1/runs/{id}';
        await ask(`POST ${run}/suspend`, `${path}/suspend`, { body: { reason: 'look' } });
        expect(await ask(`GET ${run}`, path)).to.include({ runtimeStatus: 'suspended', reason: 'look' });
        await ask(`POST ${run}/resume`, `${path}/resume`, { body: {} });
        for (const [conditions, count] of [
          ['status=running,pending&tag=team%3Ax%2C%20y&order=desc', 1],
          ['tag=team:x,%20y&tag=area:z', 1],
          ['tag=team:x,%20y&tag=area:y', 0],
          ['tag=team:x', 0],
        ] as const) {
          const listed = (await ask('GET /api/v1/runs', `/api/v1/runs?${conditions}`)) as { items: unknown[] };
          expect(listed.items, conditions).to.have.lengthOf(count);
        }
        const explained = (await ask(`GET ${run}/explain`, `${path}/explain`)) as { links: { code: string }[] };
        expect(explained.links.length).to.be.greaterThan(0);
        await ask(`POST ${run}/event`, `${path}/event`, { body: { name: 'go', value: [1, 2] } });
        await world().client.run('Waiter', 'w/1').result();
        expect(await ask(`GET ${run}`, path)).to.deep.include({
          runtimeStatus: 'completed',
          output: { value: [1, 2], length: 5 },
        });
        const history = (await ask(`GET ${run}/history`, `${path}/history`)) as { items: unknown[] };
        expect(history.items.length).to.be.greaterThan(1);
        await ask(`GET ${run}/timeline`, `${path}/timeline?depth=2`);
        expect(await ask(`POST ${run}/terminate`, `${path}/terminate`, { body: {} })).to.include({ status: 404 });
        expect(await ask(`POST ${run}/rewind`, `${path}/rewind`, { body: {} })).to.include({ status: 409 });
        const again = (await ask(`POST ${run}/restart`, `${path}/restart`, { body: { newInstanceId: true } })) as {
          instanceId: string;
        };
        expect(again.instanceId).not.to.equal('w/1');
        await ask(`POST ${run}/purge`, `${path}/purge`, { body: {} });
        expect(await ask(`GET ${run}`, path)).to.include({ status: 404, code: 'DE_HTTP_NOT_FOUND' });
      });

      it('shows the error of a failed orchestration without its stack', async () => {
        await world()
          .client.startNew('Failing', { instanceId: 'f' })
          .then((run) => run.result())
          .catch(() => {});
        const answer = (await ask('GET /api/v1/runs/{id}', '/api/v1/runs/f')) as {
          error: { value: { message: string } };
          text: string;
        };
        expect(answer.error.value.message).to.include('secret of the run');
        expect(answer.text).not.to.match(/counter\.js/);
      });

      it('reads of the whole task hub answer as described', async () => {
        await world().client.callEntity(new EntityId('Counter', 'a'), 'add', 1);
        await world().client.startNew('Echo', { instanceId: 'e' });
        for (const path of [
          'overview',
          'types',
          'workers',
          'partitions',
          'locks',
          'dead-letters',
          'stats',
          'metrics',
          'readyz',
        ])
          expect(await ask(`GET /api/v1/${path}`, `/api/v1/${path}`), path).to.include({ status: 200 });
        expect(
          await ask('POST /api/v1/dead-letters/{id}/retry', '/api/v1/dead-letters/7/retry', { body: {} }),
        ).to.include({ status: 404 });
      });

      it('streams the changes of an entity and of the task hub', async () => {
        const one = await Events.open(port, `${entityPath('a')}/changes`);
        expect(await one.next('entity')).to.equal(null);
        const all = await Events.open(port, '/api/v1/live');
        await all.block();
        await world().client.callEntity(new EntityId('Counter', 'a'), 'add', 1);
        world().httpClock.pass(250);
        const changes = (await all.next('changes')) as { instances: { id: string }[] };
        expect(changes.instances.map(({ id }) => id)).to.include('@counter@a');
        expect(await one.next('entity')).to.deep.include({ state: { value: 1, length: 1 } });
        one.close();
        all.close();
      });
    },
    setting,
  );
}

import * as df from 'durable-functions';
import { expect } from 'chai';
import { acceptance, twoSettings } from '../../acceptance/variants.js';
import { eventually, failure, World } from '../../acceptance/world.js';
import { azureClient, modes } from './azure-client.js';
import { counterId, programs, Weather } from './programs.js';
import { ApiServer, withServer } from './server.js';
import { apiSettings } from './settings.js';

/** Each way of the client meets the memory store, and the first way meets a file too. `npm run test:long` tries each way on both. */
const settingsOf = (isFirst: boolean) => (isFirst ? twoSettings : apiSettings);

for (const { name, templates } of modes) {
  for (const isProtected of [false, true]) {
    const title = `the client of Azure, ${name}, ${isProtected ? 'with a key' : 'without keys'}`;
    acceptance(title, settingsOf(!templates && !isProtected), (world) => {
      const weather = new Weather();
      const server = withServer(world, () => programs(weather), { isProtected });
      const client = () => azureClient(server(), templates);
      /** Waits until a run has ended, and resolves with what the client sees of it. */
      const ended = async (id: string) => {
        await world()
          .client.run('any', id)
          .result()
          .catch(() => {});
        return client().getStatus(id);
      };
      const waiting = async (id: string) => {
        await world()
          .client.run('any', id)
          .waitForStatus(({ awaitedEvents }) => awaitedEvents.length > 0);
      };
      const startWaiting = async (instanceId?: string) => {
        const id = await client().startNew('Wait', instanceId === undefined ? {} : { instanceId });
        await waiting(id);
        return id;
      };

      describe('starts and statuses', () => {
        it('starts an orchestration, and reads its status, input and output', async () => {
          const before = Date.now();
          const id = await client().startNew('Echo', { input: { a: [1, 'é'] } });
          const status = await ended(id);
          expect(status).to.be.instanceOf(Object);
          expect(status.name).to.equal('Echo');
          expect(status.instanceId).to.equal(id);
          expect(status.runtimeStatus).to.equal(df.OrchestrationRuntimeStatus.Completed);
          expect(status.input).to.deep.equal({ a: [1, 'é'] });
          expect(status.output).to.deep.equal({ a: [1, 'é'] });
          expect(status.customStatus).to.equal(null);
          for (const time of [status.createdTime, status.lastUpdatedTime]) {
            expect(time).to.be.instanceOf(Date);
            expect(Math.abs(time.getTime() - before)).to.be.below(3_600_000);
          }
        });

        it('a start without an input gives the run an empty text, which is what the client sends', async () => {
          expect((await ended(await client().startNew('Echo'))).output).to.equal('');
        });

        it('inputs keep their kind: texts, numbers, lists, null', async () => {
          for (const input of ['13131', 7, [], null, false]) {
            expect((await ended(await client().startNew('Echo', { input }))).output).to.deep.equal(input);
          }
        });

        it('a run without a result has the output null', async () => {
          expect((await ended(await client().startNew('GivesNothing', { input: 1 }))).output).to.equal(null);
        });

        it('an own id is kept, with spaces, slashes and letters beyond ASCII', async () => {
          for (const instanceId of ['order-1', 'a/b/c', 'ä ö', '日本💰', "x'y--", '100%', 'terminate']) {
            expect(await client().startNew('Echo', { instanceId, input: 1 })).to.equal(instanceId);
            expect((await ended(instanceId)).instanceId).to.equal(instanceId);
          }
        });

        it('a run that goes on has its custom status', async () => {
          const status = await client().getStatus(await startWaiting());
          expect(status.runtimeStatus).to.equal(df.OrchestrationRuntimeStatus.Running);
          expect(status.customStatus).to.deep.equal({ waitsFor: 'go' });
          expect(status.output).to.equal(null);
        });

        it('a failed run has the message of its error as output', async () => {
          const status = await ended(await client().startNew('Fail'));
          expect(status.runtimeStatus).to.equal(df.OrchestrationRuntimeStatus.Failed);
          expect(status.output).to.equal('it is broken');
        });

        it('values that JSON lacks arrive as plain JSON', async () => {
          expect((await ended(await client().startNew('Typed'))).output).to.deep.equal({
            day: '1970-01-01T00:00:00.000Z',
            cents: '12',
            byName: { ann: 1 },
            tags: ['a'],
            bytes: 'AQI=',
          });
        });

        it('an unknown orchestration rejects with the code and the hint', async () => {
          const error = await failure(client().startNew('Nope'));
          expect(error.message).to.match(/400.*DE_UNKNOWN_ORCHESTRATION.*Registered/s);
        });

        it('an unknown id rejects', async () => {
          expect((await failure(client().getStatus('nowhere'))).message).to.match(/404.*nowhere/s);
        });

        it('an id of a run that goes on with another input rejects with 409', async () => {
          const id = await startWaiting();
          const error = await failure(client().startNew('Wait', { instanceId: id, input: 'other' }));
          expect(error.message).to.match(/409.*DE_INSTANCE_EXISTS/s);
        });

        it('the id of a run that has ended starts again, as in Azure', async () => {
          const id = await client().startNew('Echo', { instanceId: 'again', input: 1 });
          await ended(id);
          await client().startNew('Echo', { instanceId: 'again', input: 2 });
          expect((await ended(id)).output).to.equal(2);
        });
      });

      describe('waits for the end', () => {
        const request = { url: 'http://front.example/api' } as never;
        const once = { timeoutInMilliseconds: 0, retryIntervalInMilliseconds: 0 };
        const answerOf = async (id: string) => {
          const response = await client().waitForCompletionOrCreateCheckStatusResponse(request, id, once);
          return [response.status, await response.json()] as [number, Record<string, unknown>];
        };

        it('a completed run answers 200 with its output', async () => {
          const id = await client().startNew('Echo', { input: { done: true } });
          await ended(id);
          expect(await answerOf(id)).to.deep.equal([200, { done: true }]);
        });

        it('a failed run answers 500 with its status', async () => {
          const id = await client().startNew('Fail');
          await ended(id);
          const [status, body] = await answerOf(id);
          expect(status).to.equal(500);
          expect(body).to.include({ runtimeStatus: 'Failed', output: 'it is broken' });
        });

        it('a terminated run answers 200 with its status', async () => {
          const id = await startWaiting();
          await client().terminate(id, 'enough');
          const [status, body] = await answerOf(id);
          expect(status).to.equal(200);
          expect(body).to.include({ runtimeStatus: 'Terminated', output: 'enough' });
        });

        it('a run that goes on answers 202 with links', async () => {
          const id = await startWaiting();
          const [status, body] = await answerOf(id);
          expect(status).to.equal(202);
          expect(body['statusQueryGetUri']).to.match(new RegExp(`^http://front\\.example/.*/instances/${id}\\?`));
        });
      });

      describe('commands', () => {
        it('raises an event with its value', async () => {
          const id = await startWaiting();
          await client().raiseEvent(id, 'go', { n: 1 });
          expect((await ended(id)).output).to.deep.equal({ n: 1 });
        });

        it('raises an event without a value, also by a name with other letters', async () => {
          const id = await startWaiting();
          await client().raiseEvent(id, 'GO', undefined);
          expect((await ended(id)).output).to.equal(null);
        });

        it('an event to an unknown id rejects, and one to an ended run resolves', async () => {
          expect((await failure(client().raiseEvent('nowhere', 'go', 1))).message).to.include('nowhere');
          const id = await client().startNew('Echo', { input: 1 });
          await ended(id);
          await client().raiseEvent(id, 'go', 1);
        });

        it('terminates with a reason, which is the output', async () => {
          const id = await startWaiting();
          await client().terminate(id, 'out of stock, für heute');
          const status = await client().getStatus(id);
          expect(status.runtimeStatus).to.equal(df.OrchestrationRuntimeStatus.Terminated);
          expect(status.output).to.equal('out of stock, für heute');
        });

        it('terminates without a reason, for which the client sends the text undefined', async () => {
          const id = await startWaiting();
          await client().terminate(id, undefined as never);
          expect((await client().getStatus(id)).output).to.equal(null);
        });

        it('suspends and resumes', async () => {
          const id = await startWaiting();
          await client().suspend(id, 'lunch');
          expect((await client().getStatus(id)).runtimeStatus).to.equal(df.OrchestrationRuntimeStatus.Suspended);
          await client().raiseEvent(id, 'go', 1);
          expect((await client().getStatus(id)).runtimeStatus).to.equal(df.OrchestrationRuntimeStatus.Suspended);
          await client().resume(id, 'lunch is over');
          expect((await ended(id)).output).to.equal(1);
        });

        it('commands to an unknown id reject, and those to an ended run resolve', async () => {
          const id = await client().startNew('Echo', { input: 1 });
          await ended(id);
          for (const command of ['terminate', 'suspend', 'resume'] as const) {
            expect((await failure(client()[command]('nowhere', 'x'))).message).to.include('nowhere');
            await client()[command](id, 'x');
          }
        });

        it('rewinds a failed run', async () => {
          weather.isBad = true;
          const id = await client().startNew('Fragile', { input: 'Monday' });
          expect((await ended(id)).runtimeStatus).to.equal(df.OrchestrationRuntimeStatus.Failed);
          weather.isBad = false;
          await client().rewind(id, 'the weather is better');
          expect((await ended(id)).output).to.equal('sun on Monday');
        });

        it('a rewind of a run that has not failed rejects with the reason, and so does one of an unknown id', async () => {
          const id = await client().startNew('Echo', { input: 1 });
          await ended(id);
          expect((await failure(client().rewind(id, 'why not'))).message).to.match(/cannot be rewound/);
          expect((await failure(client().rewind('nowhere', 'x'))).message).to.include('nowhere');
        });

        it('the restart link of the management payload starts a new run with the same input', async () => {
          const id = await client().startNew('Echo', { input: 5 });
          await ended(id);
          const { restartPostUri } = client().createHttpManagementPayload(id) as unknown as Record<string, string>;
          const path = new URL(restartPostUri as string);
          const answer = await server().post(`instances/${id}/restart${path.search}`);
          expect(answer.status).to.equal(202);
          const again = (answer.json as { id: string }).id;
          expect(again).not.to.equal(id);
          expect((await ended(again)).output).to.equal(5);
        });
      });

      describe('purges', () => {
        it('purges a run that has ended, once', async () => {
          const id = await client().startNew('Echo', { input: 1 });
          await ended(id);
          expect((await client().purgeInstanceHistory(id)).instancesDeleted).to.equal(1);
          expect((await client().purgeInstanceHistory(id)).instancesDeleted).to.equal(0);
          await failure(client().getStatus(id));
        });

        it('a run that goes on is kept, with 412', async () => {
          const id = await startWaiting();
          expect((await failure(client().purgeInstanceHistory(id))).message).to.match(/412.*DE_INVALID_OPERATION/s);
          expect((await client().getStatus(id)).instanceId).to.equal(id);
        });

        it('purges by status and time', async () => {
          const done = await client().startNew('Echo', { input: 1 });
          await ended(done);
          const failed = await client().startNew('Fail');
          await ended(failed);
          const createdTimeFrom = new Date(0);
          const runtimeStatus = [df.OrchestrationRuntimeStatus.Failed];
          const purge = () => client().purgeInstanceHistoryBy({ createdTimeFrom, runtimeStatus });
          expect((await purge()).instancesDeleted).to.equal(1);
          expect((await purge()).instancesDeleted).to.equal(0);
          expect((await client().getStatus(done)).instanceId).to.equal(done);
          const createdTimeTo = new Date(1);
          const early = await client().purgeInstanceHistoryBy({ createdTimeFrom, createdTimeTo });
          expect(early.instancesDeleted).to.equal(0);
        });
      });

      describe('lists', () => {
        it('getStatusAll follows the continuation tokens to the end', async () => {
          const { client: own } = world();
          const ids = Array.from({ length: 230 }, (_, n) => `many-${String(n).padStart(3, '0')}`);
          await Promise.all(ids.map((instanceId) => own.startNew('Echo', { instanceId, input: instanceId })));
          const found = await client().getStatusAll();
          expect(found.map(({ instanceId }) => instanceId)).to.deep.equal(ids);
        });

        it('getStatusBy finds by status and time', async () => {
          const done = await client().startNew('Echo', { input: 1 });
          await ended(done);
          const open = await startWaiting();
          const idsBy = async (filter: df.OrchestrationFilter) =>
            (await client().getStatusBy(filter)).map(({ instanceId }) => instanceId);
          const { Completed, Running, Canceled } = df.OrchestrationRuntimeStatus;
          expect(await idsBy({ runtimeStatus: [Completed] })).to.deep.equal([done]);
          expect(await idsBy({ runtimeStatus: [Running] })).to.deep.equal([open]);
          expect(await idsBy({ runtimeStatus: [Completed, Running] })).to.have.members([done, open]);
          expect(await idsBy({ runtimeStatus: [Canceled] })).to.deep.equal([]);
          const { createdTime } = await client().getStatus(done);
          expect(await idsBy({ createdTimeFrom: createdTime, createdTimeTo: createdTime })).to.include(done);
          expect(await idsBy({ createdTimeTo: new Date(1) })).to.deep.equal([]);
        });
      });

      describe('entities', () => {
        const stateOf = (key: string) => client().readEntityState<number>(new df.EntityId('Counter', key));
        const stored = (key: string) =>
          eventually(async () => {
            const { entityState, entityExists } = await stateOf(key);
            return entityExists ? entityState : undefined;
          }, `state of ${key}`);

        it('signals an operation with and without an input, and reads the state', async () => {
          const id = new df.EntityId('Counter', 'a');
          expect(await stateOf('a')).to.deep.equal({ entityExists: false, entityState: undefined });
          await client().signalEntity(id, 'add', 5);
          await client().signalEntity(id, 'add');
          await eventually(async () => ((await stored('a')) === 6 ? true : undefined), 'both additions');
        });

        it('keys keep spaces, slashes, letters beyond ASCII and signs', async () => {
          for (const key of ['a/b/c', 'ä ö', '日本💰', 'a@b', '..x', "it's", '$x', '100%']) {
            await client().signalEntity(new df.EntityId('Counter', key), 'add', 2);
            expect(await stored(key), key).to.equal(2);
            const { entityState } = await world().client.readEntityState<number>(counterId(key));
            expect(entityState, key).to.equal(2);
          }
        });

        it('the key $ of the client is the empty key, for reads and for signals', async () => {
          await client().signalEntity(new df.EntityId('Counter', '$'), 'add', 3);
          expect(await stored('$')).to.equal(3);
          expect((await world().client.readEntityState<number>(counterId(''))).entityState).to.equal(3);
          expect((await world().client.readEntityState(counterId('$'))).entityExists).to.equal(false);
        });

        it('a signal to an unknown entity rejects, and a read of one finds nothing', async () => {
          const id = new df.EntityId('Nobody', 'a');
          expect((await failure(client().signalEntity(id, 'add', 1))).message).to.match(/400.*DE_UNKNOWN_ENTITY/s);
          expect(await client().readEntityState(id)).to.deep.equal({ entityExists: false, entityState: undefined });
        });
      });

      describe('links', () => {
        it('the management payload names this server, and its status link answers', async () => {
          const id = await client().startNew('Echo', { input: 1 });
          await ended(id);
          const payload = client().createHttpManagementPayload(id) as unknown as Record<string, string>;
          expect(payload['id']).to.equal(id);
          const link = new URL(payload['statusQueryGetUri'] as string);
          expect(link.origin).to.equal(server().url);
          const path = link.pathname.slice(new URL(server().base).pathname.length + 1);
          const { status, json } = await server().get(`${path}${link.search}`);
          expect(status).to.equal(200);
          expect(json).to.include({ instanceId: id });
        });
      });
    });
  }
}

describe('the client of Azure with a wrong key', () => {
  it('is refused in both modes', async () => {
    const world = new World({ storage: 'memory', evict: false });
    await world.start(programs());
    const server = await ApiServer.start(world, { isProtected: true });
    try {
      for (const { templates } of modes) {
        const input = server.input(templates);
        const wrong = JSON.parse(JSON.stringify(input).replaceAll('k3y', 'k4y')) as typeof input;
        const client = azureClient({ input: () => wrong } as unknown as ApiServer, templates);
        expect((await failure(client.startNew('Echo'))).message).to.match(/401.*DE_HTTP_UNAUTHENTICATED/s);
      }
    } finally {
      await server.close();
      await world.end();
    }
  });
});

import { expect } from 'chai';
import { acceptance } from '../../acceptance/variants.js';
import { azureClient, modes } from './azure-client.js';
import { programs } from './programs.js';
import { withServer } from './server.js';
import { apiSettings } from './settings.js';

interface Body {
  readonly [field: string]: unknown;
  readonly historyEvents: readonly Readonly<Record<string, unknown>>[];
}

acceptance('histories by HTTP', apiSettings, (world) => {
  const server = withServer(world, () => programs());
  const run = async (name: string, id: string, input?: unknown) => {
    await server().post(`orchestrators/${name}/${id}`, input);
    await world()
      .client.run('any', id)
      .result()
      .catch(() => {});
  };
  const awaits = (id: string, event: string) =>
    world()
      .client.run('any', id)
      .waitForStatus(({ awaitedEvents }) => awaitedEvents.includes(event));
  const runSteps = async (): Promise<void> => {
    await server().post('orchestrators/Steps/steps', 4);
    await awaits('steps', 'more');
    await server().post('instances/steps/raiseEvent/more', 100);
    await awaits('steps', 'end');
  };
  const historyOf = async (query: string) =>
    ((await server().get(`instances/steps?showHistory=true${query}`)).json as Body).historyEvents;
  const typesOf = (events: readonly Readonly<Record<string, unknown>>[]) => events.map((event) => event['EventType']);

  it('H25 a history has the events of Azure, the oldest first, under both names', async () => {
    await runSteps();
    const { json } = await server().get('instances/steps?showHistory=true&showHistoryOutput=true');
    const { historyEvents, history } = json as Body;
    expect(history).to.deep.equal(historyEvents);
    expect(typesOf(historyEvents)).to.deep.equal([
      'ExecutionStarted',
      'TaskCompleted',
      'TaskFailed',
      'SubOrchestrationInstanceCompleted',
      'SubOrchestrationInstanceFailed',
      'TimerCreated',
      'TimerFired',
      'TaskCompleted',
      'EventSent',
      'EventRaised',
      'TaskFailed',
    ]);
    const [started, doubled, refused, halved, badHalf, , , added, signalled, raised, unknown] = historyEvents;
    expect(started).to.include({ FunctionName: 'Steps', Input: 4 });
    expect(doubled).to.include({ FunctionName: 'Double', Input: 4, Result: 8 });
    expect(refused).to.include({ FunctionName: 'Refuse', Reason: 'too much', Details: 'RangeError: too much' });
    expect(halved).to.include({ FunctionName: 'Half', Input: 8, Result: 4 });
    expect(badHalf).to.include({ FunctionName: 'BadHalf' });
    expect(badHalf?.['Reason']).to.match(/^Orchestration "BadHalf" .* failed: TypeError: cannot halve$/);
    expect(added).to.include({ FunctionName: 'add', InstanceId: '@counter@steps', Input: 4, Result: 4 });
    expect(signalled).to.include({ InstanceId: '@counter@steps', Name: 'add', Input: 1 });
    expect(raised).to.include({ Name: 'more', Input: 100 });
    // An activity that no worker has registered fails at once.
    expect(unknown).to.include({ FunctionName: 'Never' });
    const times = historyEvents.map(({ Timestamp }) => Date.parse(Timestamp as string));
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    for (const { ScheduledTime, Timestamp } of [doubled, refused, halved, badHalf, added] as Body[]) {
      expect(Date.parse(ScheduledTime as string)).to.be.at.most(Date.parse(Timestamp as string));
    }
  });

  it('H25 the end of a run is an event, with its result', async () => {
    await runSteps();
    await server().post('instances/steps/terminate?reason=enough');
    const events = await historyOf('&showHistoryOutput=true');
    expect(events.at(-1)).to.include({
      EventType: 'ExecutionCompleted',
      OrchestrationStatus: 'Terminated',
      Result: 'enough',
    });
  });

  it('H26 results stand in a history only with showHistoryOutput, and inputs not with showInput=false', async () => {
    await runSteps();
    const without = await historyOf('');
    expect(without.some((event) => 'Result' in event)).to.equal(false);
    expect(without.some((event) => 'Input' in event)).to.equal(true);
    const hidden = await historyOf('&showInput=false&showHistoryOutput=true');
    expect(hidden.some((event) => 'Input' in event)).to.equal(false);
    expect(hidden.some((event) => 'Result' in event)).to.equal(true);
  });

  it('H25 without showHistory an answer has no history', async () => {
    await run('Echo', 'e');
    const { json } = await server().get('instances/e?showHistoryOutput=true');
    expect(json).not.to.have.any.keys('history', 'historyEvents');
  });

  it('H25 a run that has not begun has an empty history', async () => {
    await world().client.startNew('Echo', { instanceId: 'later', scheduledTime: world().now + 3_600_000 });
    const { json } = await server().get('instances/later?showHistory=true');
    expect((json as Body).historyEvents).to.deep.equal([]);
  });

  for (const { name, templates } of modes) {
    it(`H25 the client of Azure sees the history (${name})`, async () => {
      await run('Echo', 'e', 1);
      const client = azureClient(server(), templates);
      const { history } = await client.getStatus('e', { showHistory: true, showHistoryOutput: true });
      const events = history as { EventType: string; Timestamp: string }[];
      expect(events.map(({ EventType }) => EventType)).to.deep.equal(['ExecutionStarted', 'ExecutionCompleted']);
      expect(events[0]).to.include({ FunctionName: 'Echo', Input: 1 });
      expect(events[1]).to.include({ OrchestrationStatus: 'Completed', Result: 1 });
      expect((await client.getStatus('e')).history).to.equal(undefined);
    });
  }
});

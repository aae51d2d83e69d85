/** A host whose entities, orchestrations and activities can end their process. Run by poison.spec.ts: `node poison-child.js FILE PLAN`. */
import { appendFileSync } from 'node:fs';
import { defineActivity, defineEntity, defineOrchestration, DurableHost, EntityId } from '../../src/index.js';

const [file, plan] = process.argv.slice(2) as [string, string];
const die = () => process.kill(process.pid, 'SIGKILL');
/** For the event loop a loop that never ends, and no work for the machine. */
const standStill = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
const id = (name: string, key = 'x') => new EntityId(name, key);

const bomb = (effects: 'none' | 'external', name: string) =>
  defineEntity(name, { effects }, async (context) => {
    if (context.operationName === 'spin') standStill();
    if (context.operationName === 'explode') {
      die();
      // The signal is on its way; nothing may be committed meanwhile.
      for (;;);
    }
    context.setState((context.getState<number>() ?? 0) + 1);
    return context.getState<number>();
  });
const fuse = defineEntity('Fuse', { effects: 'none' }, (context) => {
  context.signalEntity(id('Bomb'), 'explode');
});
const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  context.setState((context.getState<number>() ?? 0) + 1);
  return context.getState<number>();
});
const deadly = defineActivity('Deadly', () => {
  die();
  for (;;);
});
const careful = defineOrchestration('Careful', async (context): Promise<string> => {
  try {
    await context.callActivity(deadly);
    return 'alive';
  } catch (error) {
    return (error as { is(name: string): boolean }).is('MessageAbandonedError') ? 'abandoned' : 'failed';
  }
});
const suicidal = defineOrchestration('Suicidal', async (context) => {
  await context.callEntity(id('Counter', 'before'), 'add');
  die();
  for (;;);
});

const host = await DurableHost.start({
  storage: file,
  register: [bomb('none', 'Bomb'), bomb('external', 'SlowBomb'), fuse, counter, deadly, careful, suicidal],
  // Long enough that no busy machine makes an innocent process stand still for so long. Only a process that stands still needs the watchdog.
  stallLimit: plan === 'loop' ? '4s' : 'off',
  logger: { debug() {}, info() {}, warn() {}, error() {} },
});
const { client } = host;
const tell = (line: string) => appendFileSync(1, `${line}\n`);

// A signal with a request id takes effect once, no matter how often this process is started again.
for (let i = 0; i < 5; i++)
  await client.signalEntity(id('Counter', 'neighbour'), 'add', undefined, { requestId: `n${i}` });
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => `value ${JSON.stringify(value)}`,
    (error: { code: string; is(name: string): boolean }) =>
      `error ${error.is('MessageAbandonedError') ? 'DE_DEAD_LETTER' : error.code}`,
  );
switch (plan) {
  case 'none':
    await client.signalEntity(id('Bomb'), 'explode', undefined, { requestId: 'boom' });
    break;
  case 'loop':
    await client.signalEntity(id('Bomb'), 'spin', undefined, { requestId: 'boom' });
    break;
  case 'call':
    tell(await outcome(client.callEntity(id('SlowBomb'), 'explode', undefined, { requestId: 'boom' })));
    break;
  case 'chain':
    await client.signalEntity(id('Fuse'), 'light', undefined, { requestId: 'boom' });
    break;
  case 'activity':
    tell(await outcome((await client.startNew(careful, { instanceId: 'run' })).result()));
    break;
  case 'orchestration': {
    const run = await client.startNew(suicidal, { instanceId: 'run' });
    const status = await run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'suspended');
    tell(`${status.runtimeStatus} ${status.reason?.includes('was given up')}`);
    await run.terminate();
    break;
  }
}
for (let i = 5; i < 10; i++)
  await client.signalEntity(id('Counter', 'neighbour'), 'add', undefined, { requestId: `n${i}` });
// Behind the deadly message, to the same entity.
const target = plan === 'call' ? 'SlowBomb' : 'Bomb';
tell(`after ${await client.callEntity<number>(id(target), 'add', undefined, { requestId: 'after' })}`);
tell(
  `neighbours ${await client.callEntity<number>(id('Counter', 'neighbour'), 'add', undefined, { requestId: 'last' })}`,
);
for await (const letter of client.deadLetters()) {
  tell(`letter ${letter.entityId.toString()} ${letter.operationName} after ${letter.attempts}`);
  tell(`discarded ${await client.deadLetters().discard(letter.id)} ${await client.deadLetters().discard(letter.id)}`);
}
await host.stop();
tell('done');

import { DurableHost } from 'durable-entities';

// #region activity
import { defineActivity, defineOrchestration } from 'durable-entities';

/** Ordinary code, which may use the network, the disk and the clock. It may run more than once. Its recorded result counts once. */
const resize = defineActivity('Resize', async (context, image: string): Promise<string> => {
  if (image === 'broken.jpg') throw new Error('not an image');
  return `small-${image}`;
});

const resizeAll = defineOrchestration('ResizeAll', async (context, images: string[]): Promise<string[]> => {
  return Promise.all(images.map((image) => context.callActivity(resize, image)));
});
// #endregion

// #region retry
let attempts = 0;
const flaky = defineActivity('Flaky', async (): Promise<string> => {
  if (++attempts < 3) throw new Error('busy, try again');
  return `done after ${attempts} attempts`;
});

const patient = defineOrchestration('Patient', async (context): Promise<string> => {
  return context.callActivity(flaky, undefined, {
    retry: { maxAttempts: 5, firstRetryInterval: '10 ms', backoffCoefficient: 2 },
  });
});
// #endregion

// #region approval
const approval = defineOrchestration('Approval', async (context, request: string): Promise<string> => {
  context.setCustomStatus(`waiting for an answer to ${request}`);
  const answer = context.waitForExternalEvent<boolean>('answer');
  const tooLate = context.createTimer('3 days');
  const winner = await Promise.race([answer, tooLate.then(() => undefined)]);
  if (winner === undefined) return 'nobody answered';
  tooLate.cancel();
  return winner ? 'approved' : 'refused';
});
// #endregion

// #region eternal
/** Continues as new after each round, so that each round has an empty history. */
const watch = defineOrchestration('Watch', async (context, round: number): Promise<number> => {
  if (round === 3) return round;
  await context.createTimer('1 ms');
  return context.continueAsNew(round + 1);
});
// #endregion

// #region sub
const album = defineOrchestration('Album', async (context, images: string[]): Promise<string> => {
  const small = await context.callSubOrchestration(resizeAll, images, { instanceId: `${context.instanceId}/images` });
  try {
    await context.callActivity(resize, 'broken.jpg');
  } catch (error) {
    context.log.warn('left out', { error });
  }
  return `${small.length} images`;
});
// #endregion

// #region generator
import { resultOf } from 'durable-entities';
import type { OrchestrationSteps } from 'durable-entities/functions';

/** Each `yield` awaits, as in `durable-functions`. `yield* resultOf(…)` also keeps the type. */
const steps = defineOrchestration('Steps', function* (context, image: string): OrchestrationSteps<string> {
  yield context.createTimer('1 ms');
  const small = yield* resultOf(context.callActivity(resize, image));
  return small;
});
// #endregion

// #region build
let outOfDisk = true;
const compile = defineActivity('Compile', async (): Promise<string> => 'compiled');
const pack = defineActivity('Pack', async (): Promise<string> => {
  if (outOfDisk) throw new Error('no space left');
  return 'packed';
});

const build = defineOrchestration('Build', async (context): Promise<string> => {
  const compiled = await context.callActivity(compile);
  return `${compiled}, ${await context.callActivity(pack)}`;
});
// #endregion

await using host = await DurableHost.start({
  storage: ':memory:',
  register: [resize, resizeAll, flaky, patient, approval, watch, album, steps, compile, pack, build],
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
});
const { client } = host;

// #region start
const run = await client.startNew(resizeAll, { instanceId: 'album-1', input: ['a.jpg', 'b.jpg'] });
console.log('resized  ->', await run.result({ timeout: '30s' }));
// #endregion

console.log('patient  ->', await (await client.startNew(patient)).result());

// #region event
const asked = await client.startNew(approval, { instanceId: 'holiday-7', input: 'two weeks in May' });
await asked.raiseEvent('answer', true);
console.log('approval ->', await asked.result());
// #endregion

console.log('watch    ->', await (await client.startNew(watch, { input: 0 })).result());
console.log('album    ->', await (await client.startNew(album, { instanceId: 'trip', input: ['c.jpg'] })).result());

// #region status
const later = client.run(approval, 'holiday-8');
console.log('unknown  ->', await later.status());
await client.startNew(approval, { instanceId: 'holiday-8', input: 'a week in June' });
const status = await later.waitForStatus((one) => one.customStatus !== undefined, { timeout: '5s' });
console.log('status   ->', status.runtimeStatus, '-', status.customStatus);
// #endregion

// #region manage
await later.suspend('the office is closed'); // stops the run, and keeps what arrives
await later.resume();
await later.terminate('the office is closed for good');
console.log('ended    ->', (await later.status())?.runtimeStatus);
await later.restart(); // the same orchestration again, with the same input
await later.raiseEvent('answer', false);
console.log('again    ->', await later.result());
await later.purge();
// #endregion

console.log('steps    ->', await (await client.startNew(steps, { input: 'd.jpg' })).result());

// #region rewind
const builds = await client.startNew(build, { instanceId: 'build-1' });
console.log('failed   ->', await builds.result().catch((error: Error) => error.name));
outOfDisk = false; // repaired
await builds.rewind('more disk');
console.log('rewound  ->', await builds.result());
// #endregion

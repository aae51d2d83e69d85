import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { bundledPackage } from '../bundled.js';

/** A program whose process ends by an error that user code leaves behind; its log lines come first. */
async function ended(register: string, act: string): Promise<{ lines: string[]; status: number | null }> {
  const index = await bundledPackage();
  const program = `
    import { DurableHost, EntityId, defineActivity, defineEntity, defineOrchestration } from ${JSON.stringify(index)};
    const host = await DurableHost.start({ storage: ':memory:', register: [${register}] });
    ${act}
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return { lines: stderr.split('\n'), status };
}

const callAlarm = "await host.client.callEntity(new EntityId('Alarm', 'kitchen'), 'ring');";

describe('an error that ends the process', () => {
  for (const [what, code, left] of [
    [
      'a rejected promise that an operation does not await',
      "void Promise.reject(new Error('lost'));",
      'a rejected promise that nobody awaits',
    ],
    [
      'a promise that rejects after the operation has ended',
      "void (async () => { await new Promise((r) => setTimeout(r, 20)); throw new Error('lost'); })();",
      'a rejected promise that nobody awaits',
    ],
    [
      'an error that a timer of an operation throws',
      "setTimeout(() => { throw new Error('lost'); }, 20);",
      'an error that nobody catches',
    ],
  ] as const) {
    for (const effects of ['none', 'external'] as const) {
      it(`M7: ${what} is logged with entity and operation before the process ends (effects: '${effects}')`, async () => {
        const entity = `defineEntity('Alarm', { effects: '${effects}' }, () => { ${code} })`;
        const { lines, status } = await ended(entity, callAlarm);
        expect(lines[0]).to.equal(
          `durable-entities error: An operation of an entity left ${left}: it ends the process. ` +
            '{"entityId":"@alarm@kitchen","operation":"ring","error":{"name":"Error","message":"lost"}}',
        );
        expect(lines.join('\n')).to.contain('Error: lost\n    at ');
        expect(status).to.equal(1);
      });
    }
  }

  it('M7: a rejected promise that an activity does not await is logged with its name and the run', async () => {
    const { lines, status } = await ended(
      `defineActivity('Send', () => { void Promise.reject(new Error('lost')); }),
       defineOrchestration('Mail', (context) => context.callActivity('Send'))`,
      "await (await host.client.startNew('Mail', { instanceId: 'mail-1' })).result();",
    );
    expect(lines[0]).to.contain('An activity left a rejected promise that nobody awaits: it ends the process.');
    expect(lines[0]).to.contain('{"instance":"mail-1","activity":"Send",');
    expect(status).to.equal(1);
  });

  it('M7: an error of other code ends the process without a line of ours', async () => {
    const { lines, status } = await ended(
      "defineEntity('Alarm', () => 1)",
      `${callAlarm} void Promise.reject(new Error('mine'));`,
    );
    expect(lines.join('\n')).to.contain('Error: mine');
    expect(lines.filter((line) => line.startsWith('durable-entities'))).to.deep.equal([]);
    expect(status).to.equal(1);
  });
});

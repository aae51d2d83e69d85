/** The console logger writes text from outside without control characters. */
import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  DurableHost,
  Entity,
  EntityId,
  Operation,
} from '../../../src/index.js';
import { within } from '../bad-input/proof.js';

const nasty =
  'a\u001b[2J\u001b]0;title\u0007\r\ninjected: line\u0008\u009b31m\u2028\u2029\u202e\u2066\u200f\u061c\0\ud800';

const loud = defineEntity('Loud', { effects: 'none' }, (context) => {
  throw Object.assign(new Error(`${nasty} of ${context.entityKey}`), { name: nasty, code: nasty, detail: nasty });
});
@Entity({ effects: 'none' })
class Quiet {
  count = 0;
  @Operation() async add(): Promise<void> {
    this.count++;
  }
}
const talker = defineActivity('Talker', async (context) => {
  context.log.warn(nasty, { [nasty]: nasty, list: [nasty], error: new Error(nasty) });
});
const teller = defineOrchestration('Teller', async (context) => {
  context.log.error(nasty, { nasty });
  void context.callEntity(new EntityId('Loud', 'x'), 'never looked at');
  await context.callActivity(talker);
});

/** Everything that is written to the console while this runs. */
async function consoleOf(run: () => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  const methods = ['debug', 'info', 'log', 'warn', 'error'] as const;
  const before = methods.map((method) => console[method]);
  for (const method of methods) console[method] = (...all: unknown[]) => void lines.push(all.map(String).join(' '));
  try {
    await run();
  } finally {
    for (const [index, method] of methods.entries()) console[method] = before[index] as typeof console.log;
  }
  return lines;
}

describe('the console logger', () => {
  it('the console logger writes one line per event, without characters that move a cursor or reverse text', async () => {
    const key = nasty.replaceAll(/[\0\ud800]/g, '');
    const lines = await consoleOf(async () => {
      const host = await DurableHost.start({ storage: ':memory:', register: [loud, Quiet, talker, teller] });
      await host.client.signalEntity(new EntityId('Loud', key), key);
      await host.client.signalEntity(new EntityId('Quiet', key), key);
      const run = await host.client.startNew(teller, { instanceId: key });
      await within('the run', run.result());
      await within(
        'the calls before',
        host.client.callEntity(Quiet, key, (quiet) => quiet.add()),
      );
      await within('the stop', host.stop());
    });
    // Two failed signals, and what the activity and the orchestration say.
    expect(lines.length).to.be.at.least(4);
    for (const line of lines) {
      // eslint-disable-next-line no-control-regex -- what is tested
      expect(line, JSON.stringify(line)).to.not.match(
        /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/,
      );
      expect(line).to.match(/^durable-entities (info|warn|error): /);
      expect(line.length).to.be.lessThan(20_000);
    }
    expect(lines.filter((line) => line.includes('injected: line')).length).to.be.at.least(4);
  });
});

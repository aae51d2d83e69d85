import { execFile } from 'node:child_process';
import crypto, { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  Orchestration,
  type OrchestrationContext,
} from '../../src/index.js';
import { InvalidArgumentError, NotReplayableError, RegistrationError } from '../../src/errors/index.js';
import { TestHost, type TestHostOptions } from '../../src/testing/index.js';

const stamp = defineActivity('Stamp', async () => [Date.now(), Math.random(), randomUUID()]);

/** The warnings of a host whose orchestration runs this code before and after an activity. */
async function warningsOf(code: (context: OrchestrationContext) => unknown, options?: Partial<TestHostOptions>) {
  const run = defineOrchestration('Run', async (context) => {
    code(context);
    await context.callActivity(stamp);
    code(context);
  });
  await using host = await TestHost.start({ register: [run, stamp], ...options });
  await (await host.client.startNew(run, { instanceId: 'run-1' })).result();
  return host.logs.filter(({ level }) => level === 'warn');
}

describe('strict mode', () => {
  for (const [what, code, instead] of [
    ['Date.now()', () => Date.now(), 'context.currentTime'],
    ['Math.random()', () => Math.random(), 'context.random()'],
    ['crypto.randomUUID()', () => randomUUID(), 'context.newGuid()'],
    ['crypto.randomUUID()', () => globalThis.crypto.randomUUID(), 'context.newGuid()'],
    ['crypto.randomInt()', () => crypto.randomInt(6), 'context.random()'],
    ['setTimeout()', () => clearTimeout(setTimeout(() => {}, 0)), 'context.createTimer(due)'],
    ['setInterval()', () => clearInterval(setInterval(() => {}, 1)), 'context.createTimer(due)'],
    ['setImmediate()', () => clearImmediate(setImmediate(() => {})), 'context.createTimer(due)'],
  ] as const) {
    it(`M6: ${code.toString().slice(6)} in an orchestrator is logged once, with the place and ${instead}`, async () => {
      const warnings = await warningsOf(code, { strict: 'warn' });
      expect(warnings).to.have.length(1);
      const [{ message, fields }] = warnings as [(typeof warnings)[0]];
      expect(fields).to.deep.equal({ instance: 'run-1', orchestration: 'Run', code: 'DE_NOT_REPLAYABLE' });
      expect(message).to.match(/^Orchestration "Run" uses .* at ".*strict-mode\.spec\.[jt]s:\d+:\d+\)?"\. Use /);
      expect(message).to.contain(` uses ${what}, `).and.to.contain(`Use ${instead}, or an activity.`);
    });
  }

  it('M6: two places are two warnings', async () => {
    const warnings = await warningsOf(
      () => {
        Date.now();
        Date.now();
      },
      { strict: 'warn' },
    );
    expect(warnings).to.have.length(2);
  });

  it('is on by default, and off where NODE_ENV is production', async () => {
    const before = process.env['NODE_ENV'];
    try {
      delete process.env['NODE_ENV'];
      expect(await warningsOf(() => Date.now())).to.have.length(1);
      process.env['NODE_ENV'] = 'production';
      expect(await warningsOf(() => Date.now())).to.deep.equal([]);
    } finally {
      if (before === undefined) delete process.env['NODE_ENV'];
      else process.env['NODE_ENV'] = before;
    }
    expect(await warningsOf(() => Date.now(), { strict: 'off' })).to.deep.equal([]);
  });

  it('says nothing of activities, entities, loggers and the members of the context', async () => {
    const logger = { debug: Date.now, info: Date.now, warn: Date.now, error: Date.now };
    const clocked = defineEntity('Clocked', { effects: 'none' }, () => Date.now());
    const run = defineOrchestration('Quiet', async (context) => {
      context.log.info(`${context.currentTime.getTime()} ${context.random()} ${context.newGuid()}`);
      await context.callActivity(stamp);
      await context.callEntity(new EntityId('Clocked', 'a'), 'look');
      await context.createTimer('1 ms');
    });
    await using host = await TestHost.start({ register: [run, stamp, clocked], strict: 'error', logger });
    await host.until((await host.client.startNew(run)).result());
    expect(host.logs.filter(({ level }) => level === 'warn' || level === 'error')).to.deep.equal([]);
  });

  it('with error, fails the orchestration with a typed error', async () => {
    const run = defineOrchestration('Dice', async () => Math.random());
    await using host = await TestHost.start({ register: [run], strict: 'error' });
    const failure: unknown = await (await host.client.startNew(run)).result().catch((error: unknown) => error);
    const cause = (failure as Error).cause as NotReplayableError;
    expect(cause).to.include({ name: 'NotReplayableError', code: 'DE_NOT_REPLAYABLE', member: 'Math.random()' });
    expect(cause.hint).to.equal('Use context.random(), or an activity.');
  });

  it('reads new Date() in the code of functions and classes, and accepts dates of a value', async () => {
    const wrong = defineOrchestration('Wrong', async () => new Date());
    const right = defineOrchestration('Right', async () => new Date(0)); // not new Date()
    @Orchestration()
    class Late {
      async run(): Promise<number> {
        return this.now();
      }
      private now(): number {
        return new Date().getTime();
      }
    }
    const register = [wrong, right, Late];
    await using host = await TestHost.start({ register, strict: 'warn' });
    expect(host.logs.map(({ message }) => message)).to.deep.equal(
      ['Wrong', 'Late'].map(
        (name) =>
          `The orchestration ${name} uses new Date() in its code, which differs in a replay. Use context.currentTime, or an activity.`,
      ),
    );
    expect(host.logs.map(({ fields }) => (fields as { code?: unknown }).code)).to.deep.equal([
      'DE_NOT_REPLAYABLE',
      'DE_NOT_REPLAYABLE',
    ]);
    const refused: unknown = await TestHost.start({ register, strict: 'error' }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(RegistrationError);
    expect((refused as RegistrationError).problems).to.have.length(2);
  });

  it('names an entity without operations', async () => {
    @Entity()
    class Forgotten {
      add(): void {}
    }
    await using host = await TestHost.start({ register: [Forgotten], strict: 'warn' });
    expect(host.logs.map(({ message }) => message)).to.deep.equal([
      'The entity Forgotten has no operations. Mark its methods @Operation(), or name a token in `implements`.',
    ]);
    expect(host.logs[0]?.fields).to.deep.equal({ strict: 'warn', code: 'DE_REGISTRATION' });
  });

  it('refuses another value of the option', async () => {
    const refused: unknown = await TestHost.start({ register: [], strict: 'loud' as 'warn' }).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(InvalidArgumentError);
    expect((refused as Error).message).to.contain('strict');
  });
});

describe('the watch of strict mode', () => {
  it('keeps what promisify and other programs read of a timer', async () => {
    const before = promisify(setTimeout);
    await using host = await TestHost.start({ register: [], strict: 'warn' });
    expect(promisify(setTimeout)).to.equal(before);
    expect([setTimeout.name, Date.now.name, Date.now.length]).to.deep.equal(['setTimeout', 'now', 0]);
    expect(host.crashed).to.equal(false);
  });

  describe('in a process of its own', () => {
    let steps: Record<string, boolean>;
    before(async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'strict-watch.js')]);
      steps = JSON.parse(stdout.trim().split('\n').at(-1) as string) as Record<string, boolean>;
    });

    it('ends with the last host: a stop and a crash put the functions of the platform back', () => {
      expect(steps).to.include({ before: true, 'two hosts': false, 'one host': false, after: true });
    });

    it('ends when the host fails by itself, before it is stopped', () => {
      expect(steps).to.include({ 'before the failure': false, failed: true });
      expect(steps).to.include({ 'failed host': true, 'failed and stopped host': true });
    });

    it('ends when the start fails', () => {
      expect(steps).to.include({ 'failed start': true });
    });

    it('leaves a function that another program put in its place', () => {
      expect(steps).to.include({ wrapped: true, 'fake kept': true });
    });
  });
});

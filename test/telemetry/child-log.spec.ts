import { Writable } from 'node:stream';
import { expect } from 'chai';
import { pino } from 'pino';
import { defineActivity, defineEntity, defineOrchestration, EntityId } from '../../src/index.js';
import { writeBound } from '../../src/ports/child-log.js';
import type { Logger, LogFields } from '../../src/ports/log.js';
import { TestHost } from '../../src/testing/index.js';

const talker = defineEntity('talker', { effects: 'none' }, (context) => {
  context.log.info('an operation runs', { amount: 5 });
});
const work = defineActivity('work', async (context) => context.log.warn('an activity runs'));
const run = defineOrchestration('Run', async (context): Promise<void> => {
  context.log.info('an orchestration runs');
  await context.callActivity(work);
  await context.callEntity(new EntityId('talker', 'a'), 'go');
});

interface Line {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The lines that pino writes for an orchestration with an activity and an operation. */
async function linesOfPino(
  strict: 'off' | 'warn',
  change: (logger: Logger) => Logger = (logger) => logger,
): Promise<Line[]> {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Line);
      done();
    },
  });
  await using host = await TestHost.start({ register: [talker, work, run], strict, logger: change(pino(stream)) });
  await host.until((await host.client.startNew(run, { instanceId: 'r' })).result());
  expect(host.logs.find(({ message }) => message === 'an operation runs')?.fields).to.deep.equal({
    entity: 'talker',
    key: 'a',
    operation: 'go',
    amount: 5,
  });
  return lines;
}

/** A logger that counts its children, without lines. */
function counting(): { readonly logger: Logger; readonly made: LogFields[] } {
  const made: LogFields[] = [];
  const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
  const child = (bindings: LogFields) => {
    made.push(bindings);
    return silent;
  };
  return { logger: { ...silent, child }, made };
}

describe('children of the logger', () => {
  for (const strict of ['off', 'warn'] as const) {
    it(`lines of pino have the entity, the orchestration with its execution, and the activity (strict: ${strict})`, async () => {
      const lines = await linesOfPino(strict);
      const of = (text: string) => lines.find(({ msg }) => msg === text);
      expect(of('an operation runs')).to.include({ entity: 'talker', key: 'a', operation: 'go', amount: 5 });
      expect(of('an orchestration runs')).to.include({ instance: 'r' }).and.to.have.property('execution');
      expect(of('an activity runs')).to.include({ instance: 'r', activity: 'work', level: 40 });
    });
  }

  it('a child that cannot be made costs no line and no field', async () => {
    const lines = await linesOfPino('off', (logger) => ({
      debug: (fields, message) => logger.debug(fields, message),
      info: (fields, message) => logger.info(fields, message),
      warn: (fields, message) => logger.warn(fields, message),
      error: (fields, message) => logger.error(fields, message),
      child: () => {
        throw new Error('no child');
      },
    }));
    expect(lines.find(({ msg }) => msg === 'an operation runs')).to.include({
      entity: 'talker',
      key: 'a',
      operation: 'go',
    });
  });

  it('one child serves all lines of an instance, and the 1,000 newest children are kept', () => {
    const { logger, made } = counting();
    const write = (key: string) => writeBound(logger, 'info', { entity: 'talker', key }, {}, 'line');
    for (let index = 0; index < 1_000; index++) write(String(index));
    write('0');
    expect(made).to.have.length(1_000);
    write('1000');
    write('0');
    expect(made).to.have.length(1_001);
    write('1');
    expect(made).to.have.length(1_002);
  });

  it('a line that nobody writes makes no child', async () => {
    const { logger, made } = counting();
    const quiet = defineEntity('quiet', { effects: 'none' }, () => 1);
    await using host = await TestHost.start({ register: [quiet], logger });
    await host.until(host.client.callEntity(new EntityId('quiet', 'a'), 'go'));
    expect(made).to.deep.equal([]);
  });
});

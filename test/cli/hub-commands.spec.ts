import { expect } from 'chai';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { serve, type DurableServer } from '../../src/http/index.js';
import { apiEndpoints } from '../../src/http/api/routes.js';
import { toJSONSchema, type ZodType } from '../../src/http/vendor.js';
import { DurableHost, EntityId } from '../../src/index.js';
import { Folder, quietLogger, type Done, type Settings } from './command-line.js';
import { register } from './code.js';

const token = 'write-token-of-this-test';
const hostileKey = '\u001b[2Jx\u202ey';

/** Ages and times of a test depend on the machine. */
function steady(text: string): string {
  return text
    .replaceAll(/\b\d+ (?:ms|s|min)(?: \d+ s)?\b/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/ +$/gm, '');
}

/** The commands of a task hub, over a server and over the file. Both use the same API, so both have the same results. */
for (const way of ['--url', '--storage'] as const) {
  describe(`commands on a task hub, with ${way}`, () => {
    let folder: Folder;
    let host: DurableHost;
    let server: DurableServer;

    before(async () => {
      folder = await Folder.make();
      host = await DurableHost.start({ storage: folder.file('hub.db'), register, logger: quietLogger });
      server = await serve({
        client: host.client,
        status: () => host.status(),
        port: 0,
        tokens: { write: token, read: 'read-token-of-this-test' },
        logger: quietLogger,
      });
      const { client } = host;
      await client.callEntity(new EntityId('counter', 'a'), 'add', 41);
      await client.callEntity(new EntityId('counter', ''), 'add', 1);
      await client.callEntity(new EntityId('note', hostileKey), 'set', {
        text: '\u001b]0;title\u0007',
        list: ['\u202e'],
      });
      await (await client.startNew('Sum', { instanceId: 'sum-1', input: 4, tags: { kind: 'test' } })).result();
      await (await client.startNew('Fails', { instanceId: 'fails-1' })).result().catch(() => {});
      await client.startNew('Waits', { instanceId: 'waits-1' });
      await client.run('Waits', 'waits-1').waitForStatus(({ runtimeStatus }) => runtimeStatus === 'running');
    });

    after(async () => {
      await server.close();
      await host.stop();
      await folder.remove();
    });

    function settings(given: Settings = {}): Settings {
      const env: Record<string, string> =
        way === '--url'
          ? { DURABLE_URL: server.url, DURABLE_TOKEN: token }
          : { DURABLE_STORAGE: folder.file('hub.db') };
      return { ...given, env: { ...env, ...given.env } };
    }

    const run = (words: string, given?: Settings): Promise<Done> => folder.run(words.split(' '), settings(given));

    it('entities list writes a table with a row for each entity', async () => {
      const { code, stdout, stderr } = await run('entities list --name counter');
      expect(code, stderr).to.equal(0);
      expect(steady(stdout)).to.equal(
        [
          'ENTITY VERSION WRITTEN WAITING LOCKED BY STATE',
          '@counter@ 1 TIME ago 0 1',
          '@counter@a 2 TIME ago 0 49',
          '',
        ].join('\n'),
      );
      expect((await run('entities list --waiting')).stderr).to.equal('There are no such entities.\n');
      expect(stderr).to.equal('');
    });

    it('a terminal gets colours and no hostile character, a pipe gets no colour', async () => {
      for (const given of [{ columns: 100 }, {}]) {
        for (const words of [
          'entities list',
          'runs list',
          'entities list --name note --json',
          'entities list --name note --jsonl',
        ]) {
          const { stdout } = await run(words, given);
          const plain = stdout.replaceAll(/\u001b\[\d+m/g, 'columns' in given ? '' : '!');
          expect(plain, words).to.not.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
        }
      }
      expect((await run('runs list', { columns: 100 })).stdout).to.include('\u001b[31mfailed');
      expect((await run('runs list', { columns: 100, env: { NO_COLOR: '1' } })).stdout).to.not.include('\u001b');
    });

    it('--limit reads one page and tells that there are more, --all reads them all', async () => {
      const first = await run('entities list --limit 1');
      expect(first.stdout.split('\n')).to.have.length(3);
      expect(first.stderr).to.include('There are more');
      const all = await run('entities list --all --jsonl');
      expect(
        all.stdout
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { name: string }).name),
      ).to.deep.equal(['counter', 'counter', 'note']);
      const document = (await run('entities list --limit 2 --json')).json as { items: unknown[]; next: unknown };
      expect(document.items).to.have.length(2);
      expect(document.next).to.be.a('string');
      expect((await run('entities list --name counter --key zzz --json')).json).to.deep.equal({
        items: [],
        next: null,
      });
    });

    it('entities get shows the state, also of the empty key', async () => {
      expect(steady((await run('entities get @counter@a')).stdout))
        .to.include('entity @counter@a\n')
        .and.include('state\n49\n');
      const empty = await run('entities get @counter@ --json');
      expect(empty.json).to.include({ entityId: '@counter@', version: 1 });
      expect(await run('entities get @counter@none')).to.include({ code: 3, stdout: '' });
      expect(await run('entities get counter')).to.include({ code: 2, stdout: '' });
    });

    it('signal, call and messages reach an entity, and a failed operation ends with exit code 1', async () => {
      expect(await run('entities signal @counter@s add 5')).to.include({ code: 0 });
      expect(await run('entities call @counter@s get')).to.include({ code: 0, stdout: '5\n' });
      expect((await run('entities call @counter@s get --json')).json).to.deep.include({ result: { value: 5 } });
      expect(await run('entities signal @counter@s add -', { typed: '7' })).to.include({ code: 0 });
      expect(await run('entities call @counter@s get')).to.include({ code: 0, stdout: '12\n' });
      const failed = await run('entities call @counter@s fail');
      expect(failed).to.include({ code: 1, stdout: '' });
      expect(failed.stderr).to.include('as asked');
      expect(await run('entities signal @counter@s add {bad')).to.include({ code: 2 });
      await run('entities signal @counter@s add 1 --at 2100-01-01T00:00:00Z --name later');
      expect((await run('entities messages @counter@s')).stdout).to.include('later');
      expect(await run('entities cancel @counter@s later')).to.include({ code: 0 });
      expect(await run('entities cancel @counter@s later')).to.include({ code: 3 });
    });

    it('runs list, get and history show orchestrations', async () => {
      expect(steady((await run('runs list --asc')).stdout)).to.equal(
        [
          'INSTANCE NAME STATUS CREATED TOOK OUTCOME',
          'fails-1 Fails failed TIME ago TIME Error: it failed as asked',
          'sum-1 Sum completed TIME ago TIME 8',
          'waits-1 Waits running TIME ago waits for go',
          '',
        ].join('\n'),
      );
      expect((await run('runs list --status failed --status completed --json')).json)
        .to.have.property('items')
        .with.length(2);
      expect((await run('runs list --tag kind:test --jsonl')).stdout).to.include('"sum-1"');
      expect(steady((await run('runs get sum-1')).stdout))
        .to.include('tags kind:test\n')
        .and.include('output 8\n');
      const kinds = (await run('runs history sum-1 --jsonl')).stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { kind: string }).kind);
      expect(kinds).to.include.members(['started', 'activityCalled', 'entityCalled']);
      expect((await run('runs timeline sum-1')).stdout)
        .to.include('activity double')
        .and.match(/▓|░/);
      expect(await run('runs get nobody')).to.include({ code: 3 });
    });

    it('explain names the reason and the remedy', async () => {
      const { code, stdout } = await run('explain waits-1');
      expect(code).to.equal(0);
      expect(stdout).to.include('waits-1: ').and.include('go').and.include('→');
      expect(await run('explain @counter@none')).to.include({ code: 3 });
    });

    it('a run is started, waited for, and its events are raised', async () => {
      expect(await run('runs start Waits --id waits-2')).to.include({ code: 0, stdout: 'waits-2\n' });
      const waiting = folder.start(['runs', 'wait', 'waits-2', '--json'], settings());
      expect(await run('runs event waits-2 go {"a":1}')).to.include({ code: 0 });
      const done = await waiting.done;
      expect(done.code, done.stderr).to.equal(0);
      expect(done.json).to.deep.include({ instanceId: 'waits-2', runtimeStatus: 'completed' });
      expect(await run('runs wait fails-1')).to.include({ code: 1 });
      const late = await run('runs wait waits-1 --timeout 50ms');
      expect(late.code).to.equal(5);
      expect(late.stderr).to.include('DE_CLI_TIMEOUT');
    });

    it('watch writes each change, until it is interrupted or the run has ended', async () => {
      await run('runs start Waits --id waits-3');
      const watching = folder.start(['runs', 'watch', 'waits-3', '--jsonl'], settings());
      await watching.shows('"running"');
      await run('runs event waits-3 go 1');
      const ended = await watching.done;
      expect(ended.code).to.equal(0);
      expect(ended.stdout).to.include('"completed"');
      const entity = folder.start(['entities', 'watch', '@counter@w'], settings());
      await entity.shows('does not exist');
      await run('entities signal @counter@w add 3');
      await entity.shows('v1 3');
      expect(await entity.interrupt()).to.include({ code: 130, stderr: '' });
    });

    it('terminate and purge ask on a terminal, need --yes without one, and --dry-run does nothing', async () => {
      await run('runs start Waits --id waits-4');
      const silent = await run('runs terminate waits-4');
      expect(silent).to.include({ code: 2, stdout: '' });
      expect(silent.stderr).to.include('--yes');
      expect(await run('runs terminate waits-4 --dry-run')).to.include({ code: 0, stdout: '' });
      expect(await run('runs terminate waits-4', { columns: 80, typed: 'n\n' })).to.include({ code: 4 });
      expect((await run('runs get waits-4 --json')).json).to.include({ runtimeStatus: 'running' });
      expect(await run('runs terminate waits-4 --reason enough', { columns: 80, typed: 'y\n' })).to.include({
        code: 0,
      });
      expect((await run('runs get waits-4 --json')).json).to.include({ runtimeStatus: 'terminated', reason: 'enough' });
      expect(await run('runs purge waits-4 --yes')).to.include({ code: 0 });
      expect(await run('runs get waits-4')).to.include({ code: 3 });
    });

    it('suspend, resume, restart and rewind change a run', async () => {
      await run('runs start Waits --id waits-5');
      expect(await run('runs suspend waits-5 --reason pause')).to.include({ code: 0 });
      expect((await run('runs get waits-5 --json')).json).to.include({ runtimeStatus: 'suspended' });
      expect(await run('runs resume waits-5')).to.include({ code: 0 });
      expect(await run('runs restart waits-5')).to.include({ code: 4 });
      expect(await run('runs restart sum-1 --new-id')).to.include({ code: 0 });
      expect(await run('runs rewind fails-1')).to.include({ code: 0 });
      expect(await run('runs terminate waits-5 --yes')).to.include({ code: 0 });
    });

    it('conditions select many: first the number, then the work', async () => {
      for (const id of ['many-1', 'many-2', 'many-3']) await run(`runs start Waits --id ${id}`);
      expect((await run('runs terminate --id-prefix many- --dry-run --json')).json).to.deep.equal({
        selected: 3,
        more: false,
      });
      const done = await run('runs terminate --id-prefix many- --yes --json');
      expect(done.code, done.stderr).to.equal(0);
      expect(done.json).to.deep.include({ state: 'done', done: 3, failed: 0 });
      expect(await run('runs purge --id-prefix many- --yes')).to.include({ code: 0, stdout: '3 done, 0 failed\n' });
      expect(await run('runs purge --id-prefix many- --yes')).to.include({ code: 3 });
      expect(await run('runs purge')).to.include({ code: 2 });
      expect(await run('runs purge sum-1 --status failed')).to.include({ code: 2 });
    });

    it('workers, locks and dead letters are listed, and top shows the task hub once without a terminal', async () => {
      expect((await run('workers')).stdout).to.include(String(process.pid));
      expect(await run('locks')).to.include({ code: 0, stdout: '', stderr: 'No entity is locked.\n' });
      expect(await run('dead-letters list')).to.include({ code: 0, stderr: 'There are no dead letters.\n' });
      expect(await run('dead-letters retry 5')).to.include({ code: 3 });
      expect(await run('dead-letters discard -9007199254740000 --yes')).to.include({ code: 3 });
      expect(await run('dead-letters retry')).to.include({ code: 2 });
      const top = await run('top');
      expect(top.code, top.stderr).to.equal(0);
      expect(top.stdout).to.include('counter').and.include('Sum').and.not.include('\u001b');
    });

    it('top draws again on a terminal until it is interrupted, and leaves the cursor visible', async () => {
      const top = folder.start(['top', '--every', '200ms'], settings({ columns: 100 }));
      await top.shows('\u001b[H\u001b[J');
      const done = await top.interrupt();
      expect(done.code).to.equal(0);
      expect(done.stdout.endsWith('\u001b[?25h')).to.equal(true);
    });

    it('entities delete asks, and deletes the state by a signal', async () => {
      await run('entities signal @note@gone set 1');
      await run('entities get @note@gone');
      expect(await run('entities delete @note@gone')).to.include({ code: 2 });
      expect(await run('entities delete @note@gone --yes')).to.include({ code: 0 });
    });

    it('--json of each read fits the schema of the API', async () => {
      const endpoints = apiEndpoints({ options: { client: host.client } } as never);
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      const schemaOf = (path: string) => {
        const answer = endpoints.find((each) => each.method === 'GET' && each.path === `/api/v1${path}`)?.answers[200];
        return ajv.compile(toJSONSchema(answer as ZodType, { io: 'output' }) as object);
      };
      const reads: readonly [words: string, path: string][] = [
        ['entities list --json', '/entities'],
        ['entities get @counter@a --json', '/entities/{name}/{key}'],
        ['entities messages @counter@a --json', '/entities/{name}/{key}/messages'],
        ['runs list --json', '/runs'],
        ['runs get sum-1 --json', '/runs/{id}'],
        ['runs timeline sum-1 --json', '/runs/{id}/timeline'],
        ['explain waits-1 --json', '/runs/{id}/explain'],
        ['locks --json', '/locks'],
        ['dead-letters list --json', '/dead-letters'],
        ['workers --json', '/workers'],
      ];
      for (const [words, path] of reads) {
        const { code, json, stderr } = await run(words);
        expect(code, `${words}: ${stderr}`).to.equal(0);
        const check = schemaOf(path);
        expect(check(json), `${words}: ${JSON.stringify(check.errors)}`).to.equal(true);
      }
    });

    if (way === '--storage') return;

    it('a read token may read, a wrong token and no token are refused with exit code 4', async () => {
      const as = (given: string) => ({ env: { DURABLE_TOKEN: given } });
      expect(await run('entities list', as('read-token-of-this-test'))).to.include({ code: 0 });
      expect(await run('runs start Waits', as('read-token-of-this-test'))).to.include({ code: 4 });
      expect(await run('entities list', as('wrong'))).to.include({ code: 4 });
      expect(await run('entities list', as(''))).to.include({ code: 4 });
    });
  });
}

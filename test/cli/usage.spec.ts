import { expect } from 'chai';
import { exitCodeOf, exitCodes, CliError } from '../../src/cli/cli-error.js';
import { spanMs } from '../../src/cli/commands/command.js';
import { places } from '../../src/cli/root.js';
import { packageVersion } from '../../src/core/package-version.js';
import { EntityId, TimeoutError } from '../../src/index.js';
import { InvalidArgumentError, UnknownEntityError } from '../../src/errors/index.js';
import { Folder } from './command-line.js';

describe('usage of the command line', () => {
  let folder: Folder;
  before(async () => {
    folder = await Folder.make();
  });
  after(() => folder.remove());

  it('--version writes the version of the package', async () => {
    expect(await folder.run(['--version'])).to.include({ code: 0, stdout: `${packageVersion}\n`, stderr: '' });
  });

  it('--help lists every command, with colours on a terminal only', async () => {
    const plain = await folder.run(['--help']);
    expect(plain.code).to.equal(0);
    const commands = ['entities', 'runs', 'explain', 'locks', 'dead-letters', 'workers', 'top', 'serve', 'doctor'];
    for (const name of [...commands, 'migrate', 'export', 'import', 'completion'])
      expect(plain.stdout).to.include(`  ${name} `);
    expect(plain.stdout).to.not.include('\u001b');
    expect((await folder.run(['--help'], { columns: 80 })).stdout).to.include('\u001b[');
    expect((await folder.run(['--help'], { columns: 80, env: { NO_COLOR: '1' } })).stdout).to.not.include('\u001b');
  });

  for (const { name, brief } of places) {
    it(`the help of ${name} begins with its line in the help of all commands`, async () => {
      const own = await folder.run([name, '--help']);
      expect(own.code).to.equal(0);
      expect(own.stdout).to.include(`\n\n${brief}\n`);
    });
  }

  const wrong: readonly [title: string, words: readonly string[], message: string][] = [
    ['an unknown command', ['entitys'], 'There is no command "entitys"'],
    ['an unknown flag', ['runs', 'list', '--nmae', 'x'], 'nmae'],
    ['a missing argument', ['runs', 'get'], 'id'],
    ['too many arguments', ['locks', 'x'], 'x'],
    ['a text where a number is needed', ['locks', '--limit', 'many'], 'many'],
    ['a text where a time is needed', ['locks', '--timeout', 'soon'], 'soon'],
    ['no task hub', ['locks'], 'No task hub is named'],
    ['an address that is not one of HTTP', ['locks', '--url', 'ftp://x'], '--url is not an address'],
    ['a password in the address', ['locks', '--url', 'http://a:b@x'], 'holds a name or password'],
    ['two places', ['locks', '--url', 'http://x', '--storage', 'y'], 'Both --url and --storage'],
    ['code with an address', ['locks', '--url', 'http://x', '--register', 'y'], '--register has no effect'],
    ['two forms of output', ['locks', '--url', 'http://x', '--json', '--jsonl'], 'Both --json and --jsonl'],
    ['an address where a database is needed', ['doctor'], 'No task hub is named'],
  ];
  for (const [title, words, message] of wrong) {
    it(`${title} ends with exit code 2, a message on stderr, and nothing on stdout`, async () => {
      const done = await folder.run(words);
      expect(done).to.include({ code: 2, stdout: '' });
      expect(done.stderr).to.include('error: ').and.include(message);
    });
  }

  it('a file that does not exist ends with exit code 3, and is not created', async () => {
    const done = await folder.run(['locks', '--storage', 'typo.db']);
    expect(done).to.include({ code: 3, stdout: '' });
    expect(done.stderr).to.include('typo.db').and.include('DE_CLI_NOT_FOUND');
    expect(await folder.run(['doctor', '--storage', 'typo.db'])).to.include({ code: 3 });
  });

  it('a server that cannot be reached ends with exit code 1 and the reason', async () => {
    const done = await folder.run(['locks'], { env: { DURABLE_URL: 'http://127.0.0.1:1' } });
    expect(done).to.include({ code: 1, stdout: '' });
    expect(done.stderr).to.include('ECONNREFUSED');
  });

  it('hostile text in an argument is escaped in the message about it', async () => {
    const done = await folder.run(['\u001b[2Jx']);
    expect(done.stderr).to.include('"\\u001b[2Jx"');
    expect(done.stderr).to.not.include('\u001b');
    expect((await folder.run(['runs', 'get', 'a', '\u202eb'])).stderr).to.not.include('\u202e');
  });

  it('errors of the library have their exit codes', () => {
    expect(exitCodeOf(new InvalidArgumentError('x', 'y'))).to.equal(exitCodes.usage);
    expect(exitCodeOf(new UnknownEntityError('x', []))).to.equal(exitCodes.notFound);
    expect(exitCodeOf(new TimeoutError(String(new EntityId('a', 'b')), 1))).to.equal(exitCodes.timeout);
    expect(exitCodeOf(new CliError('refused', 'x', 'y'))).to.equal(exitCodes.refused);
    expect(exitCodeOf('x')).to.equal(exitCodes.failed);
  });

  it('a time has a unit, and ms without one', () => {
    expect(['250', '250ms', '3s', '5m', '2h', '1d'].map(spanMs)).to.deep.equal([250, 250, 3e3, 3e5, 72e5, 864e5]);
  });
});

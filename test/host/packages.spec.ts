/** M1 M3 M16: errors about a package that is missing, not built, or of a version that does not work. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { peerRanges, peerVersionProblem } from '../../src/errors/package-errors.js';

const root = resolve(import.meta.dirname, '../../..');
const packageOf = (name: string): string => join(root, 'node_modules', name);

/** Packages as an application has them: links to ours, or files that stand for a package. */
type Packages = Readonly<Record<string, 'ours' | 'missing' | { readonly version: string; readonly code: string }>>;

interface Told {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly packageName: string;
  readonly found?: string;
}

const ours: Packages = {
  typeorm: 'ours',
  inversify: 'ours',
  'class-transformer': 'ours',
  'reflect-metadata': 'ours',
  sqlite3: 'ours',
};

describe('packages that an application installs', () => {
  let project: string;
  before(() => {
    project = mkdtempSync(join(tmpdir(), 'durable-entities-packages-'));
    cpSync(join(root, 'dist/src'), join(project, 'node_modules/durable-entities/dist/src'), { recursive: true });
    cpSync(join(root, 'package.json'), join(project, 'node_modules/durable-entities/package.json'));
  });
  after(() => rmSync(project, { recursive: true, force: true }));
  beforeEach(() => {
    for (const name of Object.keys(ours)) rmSync(join(project, 'node_modules', name), { recursive: true, force: true });
    for (const file of readdirSync(project)) if (file.startsWith('hub.db')) rmSync(join(project, file));
  });

  /** The error of a start of a host in a project with these packages, or `started` if it works. */
  function start(packages: Packages, register = "[defineEntity('A', () => 1)]"): Told | 'started' {
    for (const [name, kind] of Object.entries({ ...ours, ...packages })) {
      const folder = join(project, 'node_modules', name);
      if (kind === 'missing') continue;
      if (kind === 'ours') {
        symlinkSync(packageOf(name), folder);
        continue;
      }
      mkdirSync(folder);
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: kind.version, main: 'index.js' }));
      writeFileSync(join(folder, 'index.js'), kind.code);
    }
    writeFileSync(
      join(project, 'main.mjs'),
      `import { DurableHost, Entity, defineEntity } from 'durable-entities';
       class Service {}
       class Injected { constructor(service) { this.service = service; } get() {} }
       Reflect.defineMetadata('design:paramtypes', [Service], Injected);
       Entity()(Injected);
       try {
         const host = await DurableHost.start({ storage: 'hub.db', register: ${register} });
         await host.stop();
         console.log('"started"');
       } catch (error) {
         const { name, code, message, hint, packageName, found } = error;
         console.log(JSON.stringify({ name, code, message, hint, packageName, found }));
       }`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['main.mjs'], { cwd: project, encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as Told | 'started';
  }

  /** A refusal leaves no file of a database behind. */
  function refused(packages: Packages, register?: string): Told {
    const told = start(packages, register);
    expect(told).to.include({ name: 'PackageError', code: 'DE_PACKAGE' });
    expect(readdirSync(project).filter((file) => file.startsWith('hub.db'))).to.deep.equal([]);
    return told as Told;
  }

  it('M1: the packages of this checkout work', () => {
    expect(start({})).to.equal('started');
  });

  it('M1: a TypeORM of a version that does not work is told with both versions and the command, and no file is made', () => {
    const told = refused({ typeorm: { version: '1.1.1', code: '' } });
    expect(told).to.include({ packageName: 'typeorm', found: '1.1.1' });
    expect(told.message).to.equal(
      `The package "typeorm" cannot be used: its version is 1.1.1; durable-entities works with typeorm ${peerRanges.typeorm}.`,
    );
    expect(told.hint).to.equal('Install the right version: npm install typeorm@0.3');
  });

  it('M16: a missing TypeORM is told with the version and the command', () => {
    const told = start({ typeorm: 'missing' }) as Told;
    expect(told.message).to.contain(`it is not installed; durable-entities needs typeorm ${peerRanges.typeorm}`);
    expect(told.hint).to.equal('Install it: npm install typeorm@0.3');
  });

  it('M16: a missing inversify is told with the version and the command', () => {
    const told = refused({ inversify: 'missing' }, '[Injected]');
    expect(told.message).to.contain(`durable-entities needs inversify ${peerRanges.inversify}`);
    expect(told.hint).to.equal('Install it: npm install inversify@8');
  });

  it('M3: a missing sqlite3 is told with the command', () => {
    const told = refused({ sqlite3: 'missing' });
    expect(told.message).to.equal('The package "sqlite3" cannot be used: it is not installed.');
    expect(told.hint).to.equal('Install it: npm install sqlite3@6');
  });

  it('M3: an sqlite3 whose install script did not run is told as installed and not built, with the two commands', () => {
    const code = "throw new Error('Could not locate the bindings file. Tried:\\n → build/node_sqlite3.node');";
    const told = refused({ sqlite3: { version: '6.0.1', code } });
    expect(told.message).to.contain('it is installed, but its native part is not built');
    expect(told.hint).to.contain('npm approve-scripts sqlite3 && npm rebuild sqlite3');
  });

  it('M3: an sqlite3 that was built elsewhere is told as such', () => {
    const code = "throw Object.assign(new Error('invalid ELF header'), { code: 'ERR_DLOPEN_FAILED' });";
    const told = refused({ sqlite3: { version: '6.0.1', code } });
    expect(told.message).to.contain('its native part is not of this machine');
    expect(told.hint).to.contain('npm rebuild sqlite3');
  });

  it('M3: an sqlite3 that fails otherwise, or lacks a package of its own, is not told as missing', () => {
    const told = refused({ sqlite3: { version: '6.0.1', code: "require('bindings-of-nobody');" } });
    expect(told.message).to.equal('The package "sqlite3" cannot be used: it could not be loaded.');
  });

  it('M1: versions are compared as a caret range says', () => {
    for (const right of ['0.3.29', '0.3.30', '0.3.100']) {
      expect(peerVersionProblem('typeorm', right), right).to.equal(undefined);
    }
    for (const wrong of ['0.3.28', '0.4.0', '1.0.0', '1.3.29', '0.2.45', 'next', '']) {
      expect(peerVersionProblem('typeorm', wrong)?.found, wrong).to.equal(wrong);
    }
    expect(peerVersionProblem('inversify', '8.10.0')).to.equal(undefined);
    expect(peerVersionProblem('inversify', '8.2.2')?.found).to.equal('8.2.2');
    expect(peerVersionProblem('inversify', '9.0.0')?.found).to.equal('9.0.0');
  });

  it('M1: the ranges that errors name are those of package.json', () => {
    const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      peerDependencies: Record<string, string>;
    };
    for (const [name, range] of Object.entries(peerRanges)) expect(peerDependencies[name], name).to.equal(range);
  });
}).timeout(60_000);

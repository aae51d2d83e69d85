/** M1 M3 M16: errors about a package that is missing, not built, or of a version that does not work. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { peerRanges, peerVersionProblem } from '../../src/errors/package-errors.js';
import { Application, type Packages } from './application.js';

const root = resolve(import.meta.dirname, '../../..');

interface Told {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly packageName: string;
  readonly found?: string;
}

describe('packages that an application installs', () => {
  let application: Application;
  before(() => {
    application = new Application();
  });
  after(() => application.dispose());

  /** The error of a start of a host in an application with these packages, or `started` if it works. */
  function start(packages: Packages, register = "[defineEntity('A', () => 1)]"): Told | 'started' {
    application.install(packages);
    return told(
      `const host = await DurableHost.start({ storage: 'hub.db', register: ${register} });
       await host.stop();`,
    );
  }

  /** The error of a program in the application, or `started` if it works. */
  function told(program: string): Told | 'started' {
    return application.run(
      `import { DurableHost, Entity, defineEntity } from 'durable-entities';
       class Service {}
       class Injected { constructor(service) { this.service = service; } get() {} }
       Reflect.defineMetadata('design:paramtypes', [Service], Injected);
       Entity()(Injected);
       try {
         ${program}
         console.log('"started"');
       } catch (error) {
         const { name, code, message, hint, packageName, found } = error;
         console.log(JSON.stringify({ name, code, message, hint, packageName, found }));
       }`,
    ) as Told | 'started';
  }

  /** A refusal leaves no file of a database behind. */
  function refused(packages: Packages, register?: string): Told {
    const told = start(packages, register);
    expect(told).to.include({ name: 'PackageError', code: 'DE_PACKAGE' });
    expect(application.files()).to.deep.equal([]);
    return told as Told;
  }

  it('M1: the packages of this checkout work', () => {
    expect(start({})).to.equal('started');
  });

  it('M1: a TypeORM of a version that does not work is told with both versions and the commands, and no file is made', () => {
    const wrong = refused({ typeorm: { version: '2.0.0', code: '' } });
    expect(wrong).to.include({ packageName: 'typeorm', found: '2.0.0' });
    expect(wrong.message).to.equal(
      `The package "typeorm" cannot be used: its version is 2.0.0; durable-entities works with typeorm ${peerRanges.typeorm}.`,
    );
    expect(wrong.hint).to.equal('Install the right version: npm install typeorm@0.3, or npm install typeorm@1');
  });

  it('M16: a missing TypeORM is told with the versions and the commands when tables of a server are created', () => {
    application.install({ typeorm: 'missing' });
    const missing = told(
      "await import('./node_modules/durable-entities/dist/src/storage/typeorm/typeorm.js');",
    ) as Told;
    expect(missing).to.include({ name: 'PackageError', code: 'DE_PACKAGE', packageName: 'typeorm' });
    expect(missing.message).to.contain(`it is not installed; durable-entities needs typeorm ${peerRanges.typeorm}`);
    expect(missing.hint).to.equal('Install it: npm install typeorm@0.3, or npm install typeorm@1');
  });

  it('M16: a missing TypeORM does not keep a host from a SQLite file', () => {
    expect(start({ typeorm: 'missing' })).to.equal('started');
  });

  it('M16: a missing inversify is told with the version and the command', () => {
    const told = refused({ inversify: 'missing' }, '[Injected]');
    expect(told.message).to.contain(`durable-entities needs inversify ${peerRanges.inversify}`);
    expect(told.hint).to.equal('Install it: npm install inversify@8');
  });

  it('M3: a missing sqlite3 is told with the command, and with what makes npm leave it out', () => {
    const told = refused({ sqlite3: 'missing' });
    expect(told.message).to.equal('The package "sqlite3" cannot be used: it is not installed.');
    expect(told.hint).to.contain('Install it: npm install sqlite3@6.').and.to.contain('--omit=optional');
  });

  const unbound = "throw new Error('Could not locate the bindings file. Tried:\\n → build/node_sqlite3.node');";

  it('M3: an sqlite3 whose install script did not run is told as installed and not built, with the two commands', () => {
    const told = refused({ sqlite3: { version: '6.0.1', code: unbound } });
    expect(told.message).to.contain(
      'it is installed, but its native part is not built: its install script did not run',
    );
    expect(told.hint).to.contain('npm approve-scripts sqlite3 && npm rebuild sqlite3');
    expect(told.hint).to.contain('--ignore-scripts=false');
  });

  it('M3: an sqlite3 whose build failed is told as such, with the command that shows why', () => {
    const told = refused({ sqlite3: { version: '6.0.1', code: unbound, folder: 'build' } });
    expect(told.message).to.contain('it is installed, but its native part is not built: its build failed');
    expect(told.hint).to.contain('npm rebuild sqlite3 --foreground-scripts').and.to.contain('a C++ compiler');
  });

  it('M3: a better-sqlite3 that is missing or not built is told with the commands', () => {
    const better =
      "await DurableHost.start({ storage: { type: 'better-sqlite3', database: 'hub.db' }, register: [] });";
    application.install();
    const missing = told(better) as Told;
    expect(missing.message).to.equal('The package "better-sqlite3" cannot be used: it is not installed.');
    expect(missing.hint).to.equal('Install it: npm install better-sqlite3@12');
    application.install({ 'better-sqlite3': { version: '12.11.1', code: unbound } });
    const blocked = told(better) as Told;
    expect(blocked.message).to.contain('its install script did not run');
    expect(blocked.hint).to.contain('npm approve-scripts better-sqlite3 && npm rebuild better-sqlite3');
    expect(application.files()).to.deep.equal([]);
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
    for (const right of ['0.3.29', '0.3.30', '0.3.100', '1.0.0', '1.1.1', '1.20.0']) {
      expect(peerVersionProblem('typeorm', right), right).to.equal(undefined);
    }
    for (const wrong of ['0.3.28', '0.4.0', '2.0.0', '2.3.29', '0.2.45', 'next', '']) {
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

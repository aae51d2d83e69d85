import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import 'reflect-metadata';
import { rolldown } from 'rolldown';
import { Activity, Entity, Orchestration } from '../../src/classes/index.js';
import { createClassSupport } from '../../src/classes/support.js';

const warningsOf = (...registered: unknown[]): readonly string[] => createClassSupport({ registered }).warnings;

describe('a class name that a bundler changed', () => {
  it('T13: is told at the start with the decorator that needs a name', () => {
    // The form that esbuild gives to decorated classes: the name is only that of the variable.
    const Person2 = class {
      value = 1;
    };
    Entity()(Person2);
    const or = class {
      run(): void {}
    };
    Orchestration()(or);
    const Charge$1 = class Charge$1 {
      run(): void {}
    };
    Activity()(Charge$1);
    const warnings = warningsOf(Person2, or, Charge$1);
    expect(warnings).to.have.length(3);
    expect(warnings[0]).to.contain('the entity Person2 is').and.contain('@Entity({ name:');
    expect(warnings[1]).to.contain('the orchestration or is').and.contain('@Orchestration({ name:');
    expect(warnings[2]).to.contain('the activity Charge$1 is').and.contain('@Activity({ name:');
  });

  it('T13: is accepted where the decorator names the class', () => {
    const Person2 = class {
      value = 1;
    };
    Entity({ name: 'Person' })(Person2);
    expect(warningsOf(Person2)).to.deep.equal([]);
  });

  it('T13: is not suspected in classes that their author named', () => {
    @Entity()
    class Level2 {
      value = 1;
    }
    @Entity()
    class B {
      value = 1;
    }
    const Person = class {
      value = 1;
    };
    Entity()(Person);
    expect(warningsOf(Level2, B, Person)).to.deep.equal([]);
  });

  it('T13: is told for a program that rolldown minified', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bundled-names-'));
    try {
      const input = join(folder, 'main.ts');
      writeFileSync(
        input,
        'class Customer { static one = new Customer(); }\nclass Invoice { static one = new Invoice(); }\nexport const classes = [Customer, Invoice];\n',
      );
      const build = await rolldown({ input, platform: 'node', logLevel: 'warn' });
      const file = join(folder, 'main.mjs');
      await build.write({ file, format: 'esm', minify: true });
      await build.close();
      const { classes } = (await import(pathToFileURL(file).href)) as { classes: (new () => object)[] };
      Entity()(classes[0]!);
      Entity({ name: 'Invoice' })(classes[1]!);
      const warnings = warningsOf(...classes);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.contain(`the entity ${classes[0]!.name} is`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

import { expect } from 'chai';
import { sourceFile, readTree, targetOf, treeOf } from './source-tree.js';
import {
  assignedSlots,
  circles,
  forbiddenImports,
  ruleOf,
  spreadCalls,
  upwardImports,
  type FolderRules,
  type Layers,
} from './rules.js';

/** The folders that each folder of src/ may import besides itself, and why. `types:` means `import type` only. */
const rules: FolderRules = {
  errors: { may: ['types:model'], packages: [], because: 'errors are the bottom: everything may throw them' },
  model: {
    may: ['errors'],
    packages: [],
    because: 'words and shapes, usable by everyone',
  },
  core: {
    may: ['model', 'errors'],
    packages: [],
    because: 'decisions that every engine shares are pure: no store, no clock, no user code',
  },
  ports: {
    may: ['model', 'errors'],
    packages: [],
    because: 'ports say what an engine needs, not what provides it',
  },
  functions: {
    may: ['model', 'errors'],
    packages: ['node:async_hooks'],
    because: 'the function API knows no engine: another one can host the same definitions',
  },
  contexts: {
    may: ['functions', 'core', 'ports', 'model', 'errors'],
    packages: ['node:crypto'],
    because: 'running user code is the same on every engine; contexts know neither an engine nor the class layer',
  },
  classes: {
    may: ['functions', 'model', 'errors'],
    packages: ['types:inversify', 'class-transformer', 'reflect-metadata', 'node:module'],
    because:
      'the class layer stands on the public function API alone; inversify is loaded when a class needs it (construction/inversify.ts)',
  },
  hub: { may: ['model', 'errors'], packages: [], because: 'a port knows neither side' },
  inspect: {
    may: ['hub', 'ports', 'model', 'errors'],
    packages: [],
    because: 'what all inspectors share knows no engine and no client',
  },
  'engines/sql/inspection': {
    may: ['inspect', 'engines/sql', 'hub', 'core', 'ports', 'model', 'errors'],
    packages: [],
    because: 'the inspector of this engine reads its rows and its memory; nothing of the engine imports it',
  },
  'engines/sql': {
    may: ['hub', 'core', 'ports', 'model', 'errors'],
    packages: [],
    because: 'the engine reaches the world through ports only, so that the simulator drives the real one',
  },
  'storage/memory': {
    may: ['engines/sql/ports', 'engines/sql/model', 'ports', 'model', 'errors'],
    packages: [],
    because: 'a store knows its port only',
  },
  'storage/typeorm': {
    may: ['engines/sql/ports', 'engines/sql/model', 'ports', 'model', 'errors'],
    packages: ['types:typeorm', 'sqlite3', 'better-sqlite3', 'pg', 'mysql2', 'node:*'],
    because:
      'a store knows its port only; databases are met nowhere else; TypeORM is loaded when tables of a database server are made or migrated (typeorm.ts)',
  },
  client: {
    may: ['hub', 'functions', 'classes', 'ports', 'model', 'errors'],
    packages: ['node:crypto', 'types:inversify', 'types:typeorm'],
    because: 'a client works on any hub: it knows no engine and no row of a table',
  },
  host: {
    may: [
      'hub',
      'inspect',
      'engines/sql',
      'contexts',
      'core',
      'client',
      'classes',
      'functions',
      'storage/memory',
      'storage/typeorm',
      'ports',
      'model',
      'errors',
    ],
    packages: ['node:*', 'types:inversify', 'types:typeorm'],
    because: 'the composition root',
  },
  http: {
    may: [
      'client',
      'types:client.ts',
      'hub',
      'functions',
      'ports',
      'model',
      'errors',
      'types:host',
      'host/node-clock.ts',
      'host/console-logger.ts',
      'core/package-version.ts',
    ],
    packages: ['node:*', 'hono', 'zod'],
    because:
      'a program on the web can do what a client and an inspector can; foreign packages stand in vendor.ts alone, and are bundled when the package is packed',
  },
  nestjs: {
    may: ['host', 'testing', 'client', 'classes', 'functions', 'ports', 'model', 'errors'],
    packages: ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'types:typeorm'],
    because: 'an application of Nest uses what every application uses; nothing imports it',
  },
  cli: {
    may: ['types:hub', 'http', 'host', 'core/package-version.ts', 'ports', 'errors'],
    packages: ['node:*', '@stricli/core', 'string-width', 'cli-progress', 'reflect-metadata'],
    because:
      'the command line looks through the API of http, and works on databases through host; foreign packages stand in vendor alone, and are bundled when the package is packed',
  },
  'class-validator': {
    may: ['classes', 'functions', 'model', 'errors'],
    packages: ['class-validator'],
    because: 'a validator of inputs stands on the class layer; its package is an optional peer, and nothing imports it',
  },
  restate: {
    may: [
      'hub',
      'client',
      'contexts',
      'classes',
      'core',
      'ports',
      'model',
      'errors',
      'host/console-logger.ts',
      'host/durable-client.ts',
      'host/node-clock.ts',
      'host/node-random.ts',
      'host/options.ts',
      'host/strict-mode.ts',
    ],
    packages: ['@restatedev/restate-sdk', 'node:http2', 'types:node:net', 'types:inversify'],
    because:
      'an engine of its own on the SDK of Restate, which is an optional peer; it shares user code, clients and pure decisions with the SQL engine, and no rows',
  },
  telemetry: {
    may: ['types:hub', 'core/package-version.ts', 'model'],
    packages: ['@opentelemetry/api'],
    because: 'telemetry tells what ports report: it knows no engine and no host; its package is an optional peer',
  },
  testing: {
    may: [
      'host',
      'hub',
      'engines/sql',
      'contexts',
      'core',
      'client',
      'classes',
      'functions',
      'storage/memory',
      'storage/typeorm',
      'ports',
      'model',
      'errors',
    ],
    packages: ['node:async_hooks', 'node:inspector', 'types:inversify'],
    because: 'a composition root of its own, for tests: the real parts, in virtual time',
  },
};

/** The rooms of the SQL engine. What runs upwards is listed below, and the list may only get shorter. */
const layers: Layers = [
  ['inspection'],
  ['worker'],
  ['entities', 'retention', 'waiting'],
  ['commit'],
  ['orchestrations', 'inbox'],
  ['outgoing', 'connected'],
  ['live'],
  ['core'],
  ['ports'],
  ['model'],
];

const upwards: readonly string[] = [
  'inbox/admission → waiting/pending-calls',
  'inbox/receipts → commit/open-batch',
  'live/loader → orchestrations/replay',
  'live/message → inbox/submission',
  'live/spills → commit/sealing',
  'live/spills → inbox/inbox-rows',
  'live/worker-term → commit/open-batch',
  'live/worker-term → worker/caution',
  'outgoing/client-replies → inbox/receipts',
  'outgoing/client-replies → waiting/pending-calls',
];

const tree = readTree();

/** The tree with one more file. */
function withFile(name: string, text: string) {
  return treeOf([...tree.values(), sourceFile(name, text)]);
}

describe('the folder tree is the architecture', () => {
  it('every folder has a rule, and every rule a folder', () => {
    const lost = [...tree.keys()].filter((name) => name.includes('/') && ruleOf(rules, name) === undefined);
    expect(lost, 'files without a rule').to.deep.equal([]);
    const used = new Set([...tree.keys()].map((name) => ruleOf(rules, name)));
    expect(Object.keys(rules).filter((folder) => !used.has(folder))).to.deep.equal([]);
  });

  for (const [folder, { may, packages, because }] of Object.entries(rules)) {
    it(`${folder} imports ${may.concat(packages).join(', ') || 'nothing'}: ${because}`, () => {
      expect(forbiddenImports(tree, rules, folder), because).to.deep.equal([]);
    });
  }

  it('no file outside of http and the command line imports it, so the main entry loads none of it', () => {
    const importers = [...tree.values()].filter(({ name, imports }) => {
      if (name.startsWith('http/') || name.startsWith('cli/')) return false;
      return imports.some(
        ({ specifier }) => specifier.startsWith('.') && targetOf(name, specifier).startsWith('http/'),
      );
    });
    expect(importers.map(({ name }) => name)).to.deep.equal([]);
    expect([...tree.keys()]).to.include('http/index.ts');
  });

  it('one file of http imports foreign packages, and is bundled when the package is packed', () => {
    const importers = [...tree.values()].filter(
      ({ name, imports }) =>
        name.startsWith('http/') && imports.some(({ specifier }) => !/^(\.|node:)/.test(specifier)),
    );
    expect(importers.map(({ name }) => name)).to.deep.equal(['http/vendor.ts']);
  });

  it('one file of restate imports the SDK of Restate, and no file outside of restate imports it', () => {
    const importers = [...tree.values()].filter(({ imports }) =>
      imports.some(({ specifier }) => specifier.startsWith('@restatedev/')),
    );
    expect(importers.map(({ name }) => name)).to.deep.equal(['restate/sdk.ts']);
    const outside = [...tree.values()].filter(
      ({ name, imports }) =>
        !name.startsWith('restate/') &&
        imports.some(({ specifier }) => specifier.startsWith('.') && targetOf(name, specifier).startsWith('restate/')),
    );
    expect(outside.map(({ name }) => name)).to.deep.equal([]);
  });

  it('no file imports itself through others', () => {
    expect(circles(tree)).to.deep.equal([]);
  });

  it('no function member of a class is assigned from outside of it', () => {
    expect(assignedSlots(tree)).to.deep.equal([]);
  });

  it('imports between the rooms of the SQL engine run downwards, but for a list that may only get shorter', () => {
    expect(upwardImports(tree, 'engines/sql', layers)).to.deep.equal(upwards);
  });

  it('no call of an engine, a store or a client spreads a list into its arguments', () => {
    expect(spreadCalls(tree, ['engines', 'storage', 'client', 'contexts', 'restate'])).to.deep.equal([]);
  });

  it('decisions, engine, contexts, classes and clients meet no wall clock, randomness or timer of the platform', () => {
    const forbidden =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bset(Timeout|Interval|Immediate)\(|\bperformance\.now\(|\bprocess\.(nextTick|hrtime)|\bqueueMicrotask\(/;
    const outer = ['host', 'storage/typeorm', 'storage/memory', 'testing'];
    const broken = [...tree.values()]
      .filter(({ name }) => !outer.some((folder) => name.startsWith(`${folder}/`)))
      .filter(({ text }) => forbidden.test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
      .map(({ name }) => name);
    expect(broken).to.deep.equal([]);
  });
});

describe('the rules of the tree see what they forbid', () => {
  it('an import that a folder may not have is reported', () => {
    const wrong = withFile('client/wrong.ts', "import { Loop } from '../engines/sql/worker/loop.js';\n");
    expect(forbiddenImports(wrong, rules, 'client')).to.deep.equal([
      'client/wrong.ts imports ../engines/sql/worker/loop.js',
    ]);
    const foreign = withFile('core/wrong.ts', "import fs from 'node:fs';\n");
    expect(forbiddenImports(foreign, rules, 'core')).to.deep.equal(['core/wrong.ts imports node:fs']);
  });

  it('an import of a value where only types are allowed is reported', () => {
    const wrong = withFile('client/wrong.ts', "import { DataSource } from 'typeorm';\n");
    expect(forbiddenImports(wrong, rules, 'client')).to.deep.equal(['client/wrong.ts imports typeorm']);
  });

  it('a circle of files is reported, also one of types', () => {
    const a = sourceFile('core/a.ts', "import type { B } from './b.js';\nexport interface A { b: B }\n");
    const b = sourceFile('core/b.ts', "import type { A } from './a.js';\nexport interface B { a: A }\n");
    expect(circles(treeOf([a, b]))).to.deep.equal(['core/a.ts ⇄ core/b.ts']);
  });

  it('a callback that another file puts into a class is reported', () => {
    const slot = sourceFile('core/slot.ts', 'export class Slot {\n  onMissing: (id: string) => void = () => {};\n}\n');
    const filler = sourceFile('core/filler.ts', 'slot.onMissing = (id) => console.log(id);\n');
    expect(assignedSlots(treeOf([slot, filler]))).to.deep.equal(['core/filler.ts: slot.onMissing =']);
  });

  it('an import that runs upwards in the engine is reported', () => {
    const wrong = withFile('engines/sql/live/wrong.ts', "import { Loop } from '../worker/loop.js';\n");
    expect(upwardImports(wrong, 'engines/sql', layers)).to.include('live/wrong → worker/loop');
  });

  it('a call that spreads a list is reported', () => {
    const wrong = sourceFile('engines/wrong.ts', 'all.push(...rows);\nMath.max(...sizes);\n');
    expect(spreadCalls(treeOf([wrong]), ['engines'])).to.have.length(2);
  });
});

/** Cases of tools that run TypeScript themselves: loaders, bundlers, test runners and other runtimes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../consumer.js';
import { commonJs, esModule, legacyDecorators, noMetadata, tsconfig, type ToolchainCase } from './case.js';
import { classProgram, functionPrograms, printed, start } from './programs.js';

const injected = {
  experimental: classProgram({ injection: 'inject', decorators: 'experimental' }),
  standard: classProgram({ injection: 'inject', decorators: 'standard' }),
};
const typed = classProgram({ injection: 'types', decorators: 'experimental' });

/** The words of a case with classes. */
const words = (decorators: keyof typeof injected, modules = 'ES module') =>
  `classes, ${modules}, decorators ${decorators}, services by \`inject\``;

/** The words of Node where a tool has left the decorators as they are. */
const noDecorators = /SyntaxError: Invalid or unexpected token/;

const onlyOld = tsconfig({ module: 'NodeNext', experimentalDecorators: true });
const standard = tsconfig({ module: 'NodeNext' });

function tsx(): ToolchainCase[] {
  const base = {
    tool: 'tsx',
    packages: ['tsx@4'],
    commands: [['node', 'tsx/dist/cli.mjs', 'main.ts']],
    outcome: 'works',
    inSlice: true,
  } as const;
  const main = (source: string) => ({ 'main.ts': source + start });
  return [
    { ...base, program: words('experimental'), files: { ...esModule, ...onlyOld, ...main(injected.experimental) } },
    { ...base, program: words('standard'), files: { ...esModule, ...standard, ...main(injected.standard) } },
    {
      ...base,
      program: words('experimental', 'CommonJS'),
      files: { ...commonJs, ...onlyOld, ...main(injected.experimental) },
    },
    {
      ...base,
      program: 'classes, ES module, services by types',
      files: { ...esModule, ...tsconfig({ module: 'NodeNext', ...legacyDecorators }), ...main(typed) },
      outcome: noMetadata,
    },
  ];
}

/** The variables of CommonJS, for packages in the bundle that are CommonJS: as the guide gives them. */
const guide = readFileSync(join(root, 'docs/guides/bundlers.md'), 'utf8');
const [, banner] = /--banner:js` gives them: `([^`]+)`/.exec(guide) as RegExpExecArray;

function esbuild(
  program: string,
  files: Readonly<Record<string, string>>,
  options: readonly string[],
  outcome: ToolchainCase['outcome'] = 'works',
  slice?: true,
): ToolchainCase {
  const output = options.includes('--format=cjs') ? 'out/main.cjs' : 'out/main.mjs';
  return {
    tool: 'esbuild',
    program,
    packages: ['esbuild@0.28.2'],
    files: { ...esModule, ...files },
    commands: [
      ['node', 'esbuild/bin/esbuild', 'main.ts', '--bundle', '--platform=node', `--outfile=${output}`, ...options],
      ['node', output],
    ],
    outcome,
    ...(slice && { inSlice: slice }),
  };
}

const old = { ...onlyOld, 'main.ts': injected.experimental + start };
const everything = ['--external:sqlite3', '--external:pg', '--external:mysql2', '--external:better-sqlite3'];
const withBanner = ['--format=esm', `--banner:js=${banner}`];
const peers = ['durable-entities', 'inversify', 'reflect-metadata', 'typeorm', 'sqlite3'];

const esbuildCases = [
  esbuild(`packages external, ${words('experimental')}`, old, ['--format=esm', '--packages=external']),
  esbuild(
    `packages external, \`--target=node20\`, ${words('standard')}`,
    { ...standard, 'main.ts': injected.standard + start },
    ['--format=esm', '--packages=external', '--target=node20'],
    'works',
    true,
  ),
  esbuild(
    `packages external, no \`--target\`, ${words('standard')}`,
    { ...standard, 'main.ts': injected.standard + start },
    ['--format=esm', '--packages=external'],
    noDecorators,
  ),
  esbuild(`packages external, ${words('experimental', 'CommonJS')}`, old, ['--format=cjs', '--packages=external']),
  esbuild(
    `all in the bundle, ${words('experimental', 'CommonJS')}`,
    old,
    ['--format=cjs', ...everything],
    'works',
    true,
  ),
  esbuild(`all in the bundle, ${words('experimental')}`, old, [...withBanner, ...everything], 'works', true),
  esbuild(`all in the bundle, minified, ${words('experimental')}`, old, [...withBanner, ...everything, '--minify']),
  esbuild(
    'packages external, classes, ES module, services by types',
    { ...tsconfig({ module: 'NodeNext', ...legacyDecorators }), 'main.ts': typed + start },
    ['--format=esm', '--packages=external'],
    noMetadata,
  ),
  esbuild(
    'class-transformer in the bundle, durable-entities outside of it',
    old,
    ['--format=esm', ...peers.map((name) => `--external:${name}`)],
    /has a class-transformer of its own, and durable-entities, which is outside of the bundle/,
    true,
  ),
];

/** A test of the program for vitest or jest. */
const test = (source: string, framework: string) => `
import { expect, test } from '${framework}';
${source}
test('the program prints its line', async () => {
  expect(await main()).toBe('${printed}');
}, 60_000);
`;

function vitest(wanted: string, node?: 24): ToolchainCase[] {
  const base = {
    tool: 'vitest',
    packages: [wanted],
    ...(node && { node }),
    commands: [['node', `${wanted.slice(0, wanted.indexOf('@'))}/vitest.mjs`, 'run', '--reporter=verbose']],
  };
  return [
    {
      ...base,
      program: words('experimental'),
      files: { ...esModule, ...onlyOld, 'main.test.ts': test(injected.experimental, 'vitest') },
      outcome: 'works',
    },
    {
      ...base,
      program: words('standard'),
      files: { ...esModule, ...standard, 'main.test.ts': test(injected.standard, 'vitest') },
      outcome: noDecorators,
    },
  ];
}

const swcrc = JSON.stringify({
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
});

function jest(
  program: string,
  file: Readonly<Record<string, string>>,
  options: Pick<ToolchainCase, 'outcome' | 'node' | 'env'> & { readonly esm: boolean },
): ToolchainCase {
  const { esm, ...rest } = options;
  const config = { transform: { '\\.ts$': '@swc/jest' }, testEnvironment: 'node' };
  const asModules = esm ? { extensionsToTreatAsEsm: ['.ts'] } : {};
  return {
    tool: 'jest',
    program,
    packages: ['jest@30', '@swc/jest@0.2', '@swc/core@1', '@jest/globals@30'],
    files: {
      ...(esm ? esModule : commonJs),
      '.swcrc': swcrc,
      'jest.config.json': JSON.stringify({ ...config, ...asModules }),
      ...file,
    },
    commands: [['node', ...(esm ? ['--experimental-vm-modules'] : []), 'jest/bin/jest.js', '--verbose']],
    ...rest,
  };
}

const jestClasses = { 'main.test.ts': test(typed, '@jest/globals') };
const jestFunctions = { 'main.test.js': test(functionPrograms.import, '@jest/globals') };

const jestCases = [
  jest('classes, ES module, `@swc/jest`, services by types', jestClasses, { esm: true, node: 24, outcome: 'works' }),
  jest('classes, ES module, `@swc/jest`, services by types', jestClasses, {
    esm: true,
    node: 20,
    outcome: /The package "inversify" cannot be used: it could not be loaded/,
  }),
  jest('functions, ES module', jestFunctions, { esm: true, node: 20, outcome: 'works' }),
  jest('classes, CommonJS, `@swc/jest`', jestClasses, {
    esm: false,
    node: 24,
    outcome: /Must use import to load ES Module/,
  }),
];

function runtime(
  tool: 'bun' | 'deno',
  program: string,
  files: Readonly<Record<string, string>>,
  file: string,
  outcome: ToolchainCase['outcome'] = 'works',
): ToolchainCase {
  const commands = {
    bun: [['bun/bin/bun.exe', file]],
    deno: [['node', 'deno/bin.cjs', 'run', '--allow-all', file]],
  };
  return { tool, program, packages: [`${tool}@${tool === 'bun' ? 1 : 2}`], files, commands: commands[tool], outcome };
}

function runtimes(tool: 'bun' | 'deno'): ToolchainCase[] {
  const main = (source: string) => ({ ...esModule, 'main.ts': source + start });
  const withDecorators = (options: object) => ({
    ...tsconfig({ module: 'ESNext', moduleResolution: 'bundler', ...options }),
    'deno.json': JSON.stringify({ compilerOptions: options }),
  });
  return [
    runtime(tool, 'functions, ES module', { 'main.mjs': functionPrograms.import + start }, 'main.mjs'),
    runtime(tool, 'functions, CommonJS with `require`', { 'main.cjs': functionPrograms.require + start }, 'main.cjs'),
    runtime(tool, words('standard'), { ...main(injected.standard) }, 'main.ts'),
    runtime(
      tool,
      'classes, ES module, decorators experimental, services by types',
      { ...main(typed), ...withDecorators(legacyDecorators) },
      'main.ts',
    ),
  ];
}

export const runnerCases: readonly ToolchainCase[] = [
  ...tsx(),
  ...esbuildCases,
  ...vitest('vitest@4'),
  ...vitest('vitest-5@npm:vitest@5', 24),
  ...jestCases,
  ...runtimes('bun'),
  ...runtimes('deno'),
];

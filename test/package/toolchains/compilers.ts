/** Cases of Node itself, and of compilers that write files which Node then runs. */
import { commonJs, esModule, legacyDecorators, noMetadata, nodes, tsconfig, type ToolchainCase } from './case.js';
import { classProgram, functionPrograms, start, typesProgram } from './programs.js';

function onNode(node: keyof typeof nodes): ToolchainCase[] {
  const base = { tool: 'Node', node, packages: [], outcome: 'works' } as const;
  const run = (file: string) => [['node', file]];
  return [
    {
      ...base,
      program: 'functions, ES module',
      files: { 'main.mjs': functionPrograms.import + start },
      commands: run('main.mjs'),
    },
    {
      ...base,
      program: 'functions, CommonJS with `require`',
      files: { 'main.cjs': functionPrograms.require + start },
      commands: run('main.cjs'),
    },
    {
      ...base,
      program: 'functions, CommonJS with `import()`',
      files: { 'main.cjs': functionPrograms['import()'] },
      commands: run('main.cjs'),
    },
    {
      ...base,
      program: 'classes, as tsc compiled them, decorators experimental, services by types',
      packages: ['typescript@7.0.2'],
      files: {
        ...esModule,
        ...tsconfig({ module: 'NodeNext', ...legacyDecorators }),
        'main.ts': classProgram({ injection: 'types', decorators: 'experimental' }) + start,
      },
      commands: [
        ['node', 'typescript/bin/tsc', '-p', '.'],
        ['node', 'main.js'],
      ],
    },
  ];
}

/** Node removes types from files, but compiles no decorators. */
const typesRemoved: ToolchainCase[] = ([22, 24] as const).flatMap((node) => [
  {
    tool: 'Node',
    node,
    packages: [],
    program: 'functions in a TypeScript file, without a compiler',
    files: { ...esModule, 'main.ts': `${functionPrograms.import}${start}const typed: number = 1;\nvoid typed;\n` },
    commands: [['node', 'main.ts']],
    outcome: 'works',
  },
  {
    tool: 'Node',
    node,
    packages: [],
    program: 'classes in a TypeScript file, without a compiler',
    files: { ...esModule, 'main.ts': classProgram({ injection: 'inject', decorators: 'standard' }) + start },
    commands: [['node', 'main.ts']],
    outcome: /SyntaxError: Invalid or unexpected token/,
  },
]);

interface Compiler {
  readonly package: string;
  readonly path: string;
  /** Programs of the slice. */
  readonly slice?: readonly string[];
  /** The words of its error for a `moduleResolution` that does not read `exports`. */
  readonly node10: RegExp;
}

function tsc({ package: name, path, node10, slice = [] }: Compiler): ToolchainCase[] {
  const compile = ['node', path, '-p', '.'];
  const run = ['node', 'main.js'];
  const base = { tool: 'tsc', packages: [name] } as const;
  const checks = (program: string, options: object, outcome: ToolchainCase['outcome'] = 'works', kind = esModule) => ({
    ...base,
    program,
    files: { ...kind, ...tsconfig({ ...options, noEmit: true }), 'main.ts': typesProgram },
    commands: [compile],
    outcome,
  });
  const cases: ToolchainCase[] = [
    {
      ...base,
      program: 'classes, ES module, decorators experimental, services by types',
      files: {
        ...esModule,
        ...tsconfig({ module: 'NodeNext', ...legacyDecorators }),
        'main.ts': classProgram({ injection: 'types', decorators: 'experimental' }) + start,
      },
      commands: [compile, run],
      outcome: 'works',
    },
    {
      ...base,
      program: 'classes, ES module, decorators standard, services by `inject`',
      files: {
        ...esModule,
        ...tsconfig({ module: 'NodeNext' }),
        'main.ts': classProgram({ injection: 'inject', decorators: 'standard' }) + start,
      },
      commands: [compile, run],
      outcome: 'works',
    },
    {
      ...base,
      program: 'classes, CommonJS, module nodenext, decorators experimental, services by types',
      files: {
        ...commonJs,
        ...tsconfig({ module: 'NodeNext', ...legacyDecorators }),
        'main.ts': classProgram({ injection: 'types', decorators: 'experimental' }) + start,
      },
      commands: [compile, run],
      outcome: 'works',
    },
    checks('types of all entries, module nodenext', { module: 'NodeNext' }),
    checks('types of all entries, module node16', { module: 'Node16' }),
    checks('types of all entries, module esnext, moduleResolution bundler', {
      module: 'ESNext',
      moduleResolution: 'bundler',
    }),
    checks(
      'types of all entries, CommonJS, module node16',
      { module: 'Node16' },
      /error TS1479: The current file is a CommonJS module/,
      commonJs,
    ),
    checks('types of all entries, moduleResolution node10', { module: 'ESNext', moduleResolution: 'node10' }, node10),
  ];
  return cases.map((each) =>
    slice.some((words) => each.program.startsWith(words)) ? { ...each, inSlice: true } : each,
  );
}

/** The program of the case that calls swc. */
const swcCompile = `
import { transformFileSync } from '@swc/core';
import { writeFileSync } from 'node:fs';
const { code } = transformFileSync('main.ts', { configFile: '.swcrc', sourceMaps: 'inline' });
writeFileSync('main.js', code);
`;

function swc(program: string, source: string, transform: object, outcome: ToolchainCase['outcome']): ToolchainCase {
  const jsc = { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform };
  return {
    tool: 'swc',
    program,
    packages: ['@swc/core@1'],
    files: {
      ...esModule,
      '.swcrc': JSON.stringify({ jsc, module: { type: 'es6' } }),
      'compile.mjs': swcCompile,
      'main.ts': source + start,
    },
    commands: [
      ['node', 'compile.mjs'],
      ['node', 'main.js'],
    ],
    outcome,
    inSlice: true,
  };
}

export const compilerCases: readonly ToolchainCase[] = [
  ...(['20.19', 20, 22, 24] as const).flatMap(onNode),
  ...typesRemoved,
  ...tsc({
    package: 'typescript@7.0.2',
    path: 'typescript/bin/tsc',
    node10: /error TS5108: Option 'moduleResolution=node10' has been removed/,
  }),
  ...tsc({
    package: 'typescript-5.9@npm:typescript@5.9',
    path: 'typescript-5.9/bin/tsc',
    node10: /error TS2307: Cannot find module 'durable-entities\/client'/,
    slice: ['classes, CommonJS', 'types of all entries, module esnext'],
  }),
  swc(
    'classes, ES module, `legacyDecorator` and `decoratorMetadata`, services by types',
    classProgram({ injection: 'types', decorators: 'experimental' }),
    { legacyDecorator: true, decoratorMetadata: true },
    'works',
  ),
  swc(
    'classes, ES module, `decoratorVersion` 2023-11, services by `inject`',
    classProgram({ injection: 'inject', decorators: 'standard' }),
    { decoratorVersion: '2023-11' },
    'works',
  ),
  swc(
    'classes, ES module, `legacyDecorator` alone, services by types',
    classProgram({ injection: 'types', decorators: 'experimental' }),
    { legacyDecorator: true },
    noMetadata,
  ),
];

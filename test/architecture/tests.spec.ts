import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';

const root = resolve(import.meta.dirname, '../../../test');

/** Files in which real time passes, how often, and why. The list may only get shorter: where time is no subject, tests move it. */
const sleepers: Readonly<Record<string, readonly [count: number, because: string]>> = {
  'acceptance/bad-input/proof.ts': [1, 'the limit of what would hang'],
  'acceptance/function-context.spec.ts': [3, 'user code awaits a timer of the platform'],
  'acceptance/generators.spec.ts': [1, 'user code awaits a timer of the platform'],
  'acceptance/orchestration-basics.spec.ts': [3, 'user code awaits a timer of the platform'],
  'acceptance/read-only.spec.ts': [1, 'user code awaits a timer of the platform'],
  'acceptance/standby-child.ts': [1, 'another process tells of its role, which nothing announces'],
  'acceptance/world.ts': [1, 'the pause between two polls'],
  'core/error-details.spec.ts': [1, 'the limit of what would hang'],
  'host/strict-mode.spec.ts': [2, 'orchestrators use a timer of the platform, and promisify keeps its form'],
  'host/uncaught.spec.ts': [3, 'children stay alive, and throw from a timer of the platform'],
  'host/watchdog-child.ts': [1, 'the watchdog watches the real event loop'],
  'nestjs/shop.spec.ts': [1, 'a program behind HTTP that has no other way to wait'],
  'open-handles.ts': [1, 'a test run that does not end'],
  'restate/differences.ts': [1, 'a test on a real server that may never end, by which a listed difference is checked'],
  'servers/own-server.ts': [2, 'a server of another process starts and restarts, which it announces to nobody'],
  'testing/run-operation.spec.ts': [1, 'user code awaits a timer of the platform'],
};

/** Harnesses of their own: real processes, and worlds of virtual time. */
const apart = /^(chaos|simulation|package|soak)\//;

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !apart.test(file) && file !== 'architecture/tests.spec.ts')
  .toSorted();

/** Without comments, texts and titles. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replaceAll(
    /\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$|'(?:\\.|[^'\\\n])*'/gm,
    "''",
  );
}

function found(pattern: RegExp): Record<string, number> {
  const counted = files.map((file) => [file, [...codeOf(file).matchAll(pattern)].length] as const);
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
}

/** Tests that end before they have tried anything: `return` as a statement of the test itself. The formatter makes blocks regular. */
function earlyReturns(text: string): string[] {
  const hits: string[] = [];
  let test: { readonly indent: number; readonly title: string } | undefined;
  let inGuard = false;
  for (const line of text.split('\n')) {
    const indent = line.length - line.trimStart().length;
    const [, title] = /^ *it\((.*)$/.exec(line) ?? [];
    if (title !== undefined) test = { indent, title };
    if (test === undefined || line.trim() === '') continue;
    if (indent === test.indent && title === undefined) test = undefined;
    else if (indent === test.indent + 2) {
      inGuard = /^ *(if \(|\} else)/.test(line);
      if (/^ *(if \(.*\) )?return;/.test(line)) hits.push(test.title);
    } else if (indent === test.indent + 4 && inGuard && /^ *return;/.test(line)) hits.push(test.title);
  }
  return hits;
}

describe('the tests', () => {
  it('sleep nowhere but where real time is the subject', () => {
    const counts = Object.fromEntries(Object.entries(sleepers).map(([file, [count]]) => [file, count]));
    expect(found(/(?<!\bclear)\bsetTimeout\(|\bsetInterval\(|\b[sS]leep\(\d/g)).to.deep.equal(counts);
  });

  it('assert nothing of how long something took: speed belongs in bench/', () => {
    expect(found(/expect\((Date\.now|performance\.now)\(|Date\.now\(\) [<>]=? /g)).to.deep.equal({});
  });

  it('are all run: none is skipped, none is the only one', () => {
    expect(found(/\b(this|it|describe|test)\.(skip|only)\(/g)).to.deep.equal({});
  });

  it('do not end before they have tried anything', () => {
    const specs = files.filter((file) => file.endsWith('.spec.ts'));
    const hits = specs.flatMap((file) =>
      earlyReturns(readFileSync(join(root, file), 'utf8')).map((title) => [file, title]),
    );
    expect(hits).to.deep.equal([]);
    const sample = [
      "  it('a', () => {",
      '    if (memory) return;',
      '    const f = () => {',
      '      return;',
      '    };',
      '  });',
    ];
    expect(earlyReturns(sample.join('\n'))).to.have.lengthOf(1);
  });
});

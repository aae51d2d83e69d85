/**
 * Warnings at the start of a host about class names that a bundler seems to have changed. Entities are stored under their names, so those
 * stored under the old name would not be found.
 */
import { sourceName } from './decorator-dialects.js';
import { entityDeclaration, runnableDeclaration, type AnyClass } from './declarations.js';

const decorators = { entity: '@Entity', orchestration: '@Orchestration', activity: '@Activity' } as const;

/** One line for each class that has no name of its own in its decorator, and whose class name looks changed. */
export function bundledNameWarnings(types: readonly AnyClass[]): string[] {
  return types.flatMap((type) => {
    const entity = entityDeclaration(type);
    const runnable = runnableDeclaration(type);
    const kind = entity === undefined ? runnable?.kind : 'entity';
    if (kind === undefined || (entity ?? runnable?.options)?.name !== undefined || !looksChanged(type)) return [];
    return [
      `the ${kind} ${type.name} is named after its class, and a bundler seems to have changed that name: what is stored under ` +
        `the old name would not be found. Give it a name: ${decorators[kind]}({ name: '…' })`,
    ];
  });
}

/**
 * Whether the name of a class looks like one that a bundler made. A class that its author named keeps the name in its text in most tools;
 * esbuild and minifiers move it to a variable, which esbuild numbers where two files use one name (`Person2`).
 */
function looksChanged(type: AnyClass): boolean {
  const { name } = type;
  const isAnonymous = /^class\s*(?:\{|extends\b)/.test(Function.prototype.toString.call(type));
  if (/\$\d+$/.test(name)) return true;
  // TypeScript compiles a class with standard decorators to a class without a name, too.
  if (isAnonymous) return name.length <= 2 || (/\D\d+$/.test(name) && sourceName(type) !== name);
  return name.length <= 2 && /^[a-z_$]/.test(name);
}

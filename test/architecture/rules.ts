/** The rules of the folder tree, as functions of a tree: so that a test can show that each rule sees what it forbids. */
import { circlesOf, targetOf, type Import, type SourceTree } from './source-tree.js';

export interface FolderRule {
  /** Folders of `src`, with all below them. `types:` allows `import type` only. */
  readonly may: readonly string[];
  /** Foreign packages, likewise. */
  readonly packages: readonly string[];
  readonly because: string;
}

export type FolderRules = Readonly<Record<string, FolderRule>>;

/** The rule that a file falls under: that of the longest folder name. `undefined` for a file without a rule. */
export function ruleOf(rules: FolderRules, name: string): string | undefined {
  return Object.keys(rules)
    .filter((folder) => name.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

function allowed(list: readonly string[], name: string, typeOnly: boolean): boolean {
  return list.some(
    (entry) =>
      entry === name ||
      name.startsWith(`${entry}/`) ||
      (typeOnly && (entry === `types:${name}` || name.startsWith(`${entry.replace(/^types:/, '')}/`))) ||
      (entry === 'node:*' && name.startsWith('node:')),
  );
}

/** The imports of a folder that its rule does not allow. */
export function forbiddenImports(tree: SourceTree, rules: FolderRules, folder: string): string[] {
  const { may, packages } = rules[folder] as FolderRule;
  const isAllowed = (from: string, { specifier, typeOnly }: Import): boolean => {
    if (!specifier.startsWith('.')) return allowed(packages, specifier, typeOnly);
    const target = targetOf(from, specifier);
    return ruleOf(rules, target) === folder || allowed(may, target, typeOnly);
  };
  const broken: string[] = [];
  for (const { name, imports } of tree.values()) {
    if (ruleOf(rules, name) !== folder) continue;
    for (const each of imports) if (!isAllowed(name, each)) broken.push(`${name} imports ${each.specifier}`);
  }
  return broken;
}

export function circles(tree: SourceTree): string[] {
  return circlesOf(tree).map((circle) => circle.join(' ⇄ '));
}

/** Rooms of a folder in layers, the uppermost first: a room may import those of its own layer and of lower ones. */
export type Layers = readonly (readonly string[])[];

/** Imports between the rooms of a folder that run upwards. */
export function upwardImports(tree: SourceTree, house: string, layers: Layers): string[] {
  const layerOf = (name: string): number => {
    const room = name.slice(house.length + 1).split('/')[0] as string;
    return layers.findIndex((rooms) => rooms.includes(room));
  };
  const upwards: string[] = [];
  for (const { name, imports } of tree.values()) {
    if (!name.startsWith(`${house}/`) || layerOf(name) < 0) continue;
    for (const { specifier } of imports) {
      if (!specifier.startsWith('.')) continue;
      const target = targetOf(name, specifier);
      if (!target.startsWith(`${house}/`) || layerOf(target) < 0) continue;
      if (layerOf(target) < layerOf(name)) upwards.push(`${name} → ${target}`);
    }
  }
  return upwards.map((line) => line.replaceAll(`${house}/`, '').replaceAll('.ts', '')).toSorted();
}

/**
 * Members of classes that hold a function and are assigned from outside of their class. A reader cannot find by a search for calls what
 * such a member does.
 */
export function assignedSlots(tree: SourceTree): string[] {
  const slots = new Map<string, Set<string>>();
  for (const { name, text } of tree.values()) {
    for (const member of functionMembers(withoutComments(text))) {
      slots.set(member, (slots.get(member) ?? new Set()).add(name));
    }
  }
  const assigned: string[] = [];
  for (const { name, text } of tree.values()) {
    for (const [whole, owner, member] of withoutComments(text).matchAll(
      /\b(\w+)(?:\?\.|!?\.)(\w+) (?:\?\?)?= (?!=)/g,
    )) {
      const declaredIn = slots.get(member as string);
      if (owner !== 'this' && declaredIn !== undefined && !declaredIn.has(name))
        assigned.push(`${name}: ${whole.trim()}`);
    }
  }
  return assigned;
}

/** Members of the classes in a file whose type is a function and that can be assigned. */
function functionMembers(code: string): string[] {
  return [...code.matchAll(/^(?:export )?(?:abstract )?class [\s\S]*?^}/gm)].flatMap(([body]) =>
    Array.from(
      body.matchAll(/^ {2}(?:private |protected |public )?(\w+)\??!?: \(?\([^=]*?\) => /gm),
      ([, member]) => member as string,
    ),
  );
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}

/** Calls that spread a list into arguments: with a hundred thousand items they throw a RangeError. */
export function spreadCalls(tree: SourceTree, folders: readonly string[]): string[] {
  const found: string[] = [];
  for (const { name, text } of tree.values()) {
    if (!folders.some((folder) => name.startsWith(`${folder}/`))) continue;
    for (const [call] of text.matchAll(
      /(?:\.(?:push|unshift|splice|concat|apply)|Math\.(?:min|max))\((?:[^(){}]*,)?\s*\.\.\.[^;]*/g,
    ))
      found.push(`${name}: ${call}`);
  }
  return found;
}

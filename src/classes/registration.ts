/** Makes plain definitions of registered classes and definitions, or reports all their problems. */
import { InvalidEntityInterfaceError, RegistrationError } from '../errors/index.js';
import type {
  ActivityContext,
  ActivityDefinition,
  AttemptOptions,
  EntityDefinition,
  OrchestrationContext,
  OrchestrationDefinition,
} from '../functions/index.js';
import { expiryProblem } from '../functions/define.js';
import { isAsyncGenerator } from '../functions/generators.js';
import { reasonOf, shown } from '../errors/text.js';
import { listOf } from '../model/options.js';
import { idProblem } from '../model/text.js';
import { planOf, type ClassPlan } from './class-plan.js';
import { injectionPlan } from './construction/injection.js';
import type { Services } from './construction/services.js';
import {
  entityDeclaration,
  isClass,
  runnableDeclaration,
  type AnyClass,
  type RunnableDeclaration,
} from './declarations.js';
import { interfaceContract } from './entity-interface.js';
import { unknownOptions } from './names.js';
import { annotationHint, misappliedAnnotations } from './state/misapplied-annotations.js';

export type Definition = EntityDefinition | OrchestrationDefinition | ActivityDefinition;

export interface Registered {
  readonly definitions: readonly Definition[];
  /** Plans of the entity classes, by entity name in lower case. */
  readonly entityClasses: ReadonlyMap<string, ClassPlan>;
  /** All registered classes. */
  readonly classes: readonly AnyClass[];
}

const entityOptions = [
  'name',
  'implements',
  'effects',
  'expireAfter',
  'missingMembers',
  'version',
  'upgrade',
  'initialize',
  'inject',
];

/** @throws RegistrationError with all problems; InvalidEntityInterfaceError if classes lack methods of an interface and have no other problems */
export function toDefinitions(registered: readonly unknown[], services: Services): Registered {
  const problems: string[] = [];
  const definitions: Definition[] = [];
  const entityClasses = new Map<string, ClassPlan>();
  for (const [index, item] of registered.entries()) {
    const definition = isClass(item) ? fromClass(item, services, problems) : asDefinition(item, index, problems);
    if (definition === undefined) continue;
    definitions.push(definition);
    if (definition.kind === 'entity' && isClass(item)) entityClasses.set(definition.name.toLowerCase(), planOf(item));
  }
  problems.push(...duplicates(definitions));
  const interfaceProblems = [...entityClasses.values()].flatMap((plan) => [...plan.interfaceProblems]);
  if (problems.length === 0 && interfaceProblems.length > 0) {
    const names = [...new Set(interfaceProblems.map(([name]) => name))];
    throw new InvalidEntityInterfaceError(
      names.join(', '),
      interfaceProblems.flatMap(([, lines]) => lines),
    );
  }
  problems.push(...interfaceProblems.flatMap(([name, lines]) => lines.map((line) => `${line} of ${name}`)));
  if (problems.length > 0) throw new RegistrationError(problems);
  return { definitions, entityClasses, classes: registered.filter(isClass) };
}

function fromClass(type: AnyClass, services: Services, problems: string[]): Definition | undefined {
  const entity = entityDeclaration(type);
  const runnable = runnableDeclaration(type);
  if (entity !== undefined && runnable !== undefined) {
    problems.push(`${type.name} is decorated both @Entity() and as ${runnable.kind}`);
    return undefined;
  }
  if (entity !== undefined) return entityFrom(type, problems);
  if (runnable !== undefined) return runnableFrom(type, runnable, services, problems);
  problems.push(
    `the class ${type.name || '(without a name)'} is not decorated: mark it @Entity(), @Activity() or @Orchestration()`,
  );
  return undefined;
}

function entityFrom(type: AnyClass, problems: string[]): EntityDefinition | undefined {
  const plan = planOf(type);
  const { declaration } = plan;
  const name = nameOf(type, declaration.name, problems);
  problems.push(...optionProblems(type, plan), ...plan.problems, ...constructionProblems(type));
  problems.push(...misappliedAnnotations(type).map((problem) => `${problem}. ${annotationHint}`));
  if (name === undefined) return undefined;
  if (name.includes('@')) problems.push(`the entity name ${JSON.stringify(name)} contains "@"`);
  const definition: EntityDefinition = {
    kind: 'entity',
    name,
    options: optionsOf(plan),
    handler: (context) => context.dispatch(type),
  };
  return Object.freeze(definition);
}

function optionsOf({ declaration: { effects, expireAfter }, operations }: ClassPlan): EntityDefinition['options'] {
  const readOnly = operations.entries.filter((operation) => operation.readOnly).map(({ name }) => name);
  const tried = operations.entries.flatMap(({ name, attempts }) => (attempts === undefined ? [] : [[name, attempts]]));
  return Object.freeze({
    ...(effects !== undefined && { effects }),
    ...(expireAfter !== undefined && { expireAfter }),
    ...(readOnly.length > 0 && { readOnly }),
    ...(tried.length > 0 && { operations: Object.fromEntries(tried) as Record<string, AttemptOptions> }),
  });
}

function optionProblems({ name }: AnyClass, { declaration }: ClassPlan): string[] {
  const where = `@Entity of ${name}`;
  const problems = unknownOptions(where, declaration, entityOptions);
  // A program in JavaScript can declare values of other types.
  const given = declaration as Record<string, unknown>;
  const { effects, missingMembers, version, upgrade, initialize } = given;
  if (effects !== undefined && effects !== 'none' && effects !== 'external') {
    problems.push(`${where}: effects is ${shown(effects)}, not 'none' or 'external'`);
  }
  const expiry = expiryProblem(declaration.expireAfter);
  if (expiry !== undefined) problems.push(`${where}: ${expiry}`);
  if (missingMembers !== undefined && missingMembers !== 'ignore' && missingMembers !== 'error') {
    problems.push(`${where}: missingMembers is ${shown(missingMembers)}, not 'ignore' or 'error'`);
  }
  if (version !== undefined && !(Number.isSafeInteger(version) && (version as number) >= 1)) {
    problems.push(`${where}: version is ${shown(version)}, not a whole number from 1`);
  }
  for (const [option, value] of Object.entries({ upgrade, initialize })) {
    if (value !== undefined && typeof value !== 'function') problems.push(`${where}: ${option} is not a function`);
  }
  const tokens = given['implements'] === undefined ? [] : listOf(given['implements']);
  if (tokens === undefined) problems.push(`${where}: implements is not an array of tokens`);
  for (const [index, token] of (tokens ?? []).entries()) {
    if (interfaceContract(token) !== undefined) continue;
    const why = token === undefined ? 'undefined: a circular import?' : 'not a token made by entityInterface';
    problems.push(`${where}: implements[${index}] is ${why}`);
  }
  return problems;
}

function runnableFrom(
  type: AnyClass,
  { kind, options }: RunnableDeclaration,
  services: Services,
  problems: string[],
): Definition | undefined {
  const name = nameOf(type, options.name, problems);
  problems.push(
    ...unknownOptions(
      `@${kind === 'activity' ? 'Activity' : 'Orchestration'} of ${type.name}`,
      options,
      kind === 'activity' ? ['name', 'inject'] : ['name', 'version', 'inject'],
    ),
  );
  problems.push(...constructionProblems(type));
  if (typeof (type.prototype as { run?: unknown }).run !== 'function') {
    problems.push(`${type.name} is decorated as ${kind} and has no method run(context, input)`);
  } else if (isAsyncGenerator((type.prototype as { run?: unknown }).run)) {
    problems.push(
      `${type.name}: run is an async generator: make it \`async run\` that awaits, or \`*run\` that yields`,
    );
  }
  const { version = 1 } = options;
  if (!isVersion(version)) problems.push(`@Orchestration of ${type.name}: version is not a whole number from 1`);
  if (name === undefined) return undefined;
  type Run = { run(context: ActivityContext | OrchestrationContext, input: unknown): unknown };
  const handler = (context: ActivityContext | OrchestrationContext, input: unknown): unknown =>
    (services.resolve(type) as Run).run(context, input);
  return Object.freeze(kind === 'activity' ? { kind, name, handler } : { kind, name, version, handler });
}

function nameOf(type: AnyClass, given: unknown, problems: string[]): string | undefined {
  const name = given === undefined ? type.name : given;
  const problem = name === '' ? 'it is empty' : idProblem(name);
  if (problem === undefined) return name as string;
  problems.push(`the name of ${type.name || 'a class'} is unusable: ${problem}`);
  return undefined;
}

function constructionProblems(type: AnyClass): string[] {
  const plan = injectionPlan(type);
  if (plan.problems.length > 0) return [...plan.problems];
  const missing = plan.parameters.flatMap((injection, index) =>
    injection.kind === 'open' && index < plan.required ? [index + 1] : [],
  );
  if (missing.length === 0) return [];
  return [
    `${type.name}: constructor parameter${missing.length > 1 ? 's' : ''} ${missing.join(', ')} cannot be injected: ` +
      'name their tokens in the option inject of its decorator, mark each parameter @inject(...), or emit decorator metadata',
  ];
}

function asDefinition(item: unknown, index: number, problems: string[]): Definition | undefined {
  const problem = readableProblem(item);
  if (problem === undefined) return item as Definition;
  problems.push(`register[${index}] ${problem}`);
  return undefined;
}

function readableProblem(item: unknown): string | undefined {
  try {
    return definitionProblem(item);
  } catch (error) {
    return `cannot be read: ${reasonOf(error)}`;
  }
}

function definitionProblem(item: unknown): string | undefined {
  if (item === undefined) return 'is undefined: a circular import?';
  if (interfaceContract(item) !== undefined)
    return 'is the token of an interface: register the class that implements it';
  if (typeof item !== 'object' || item === null || !('kind' in item) || !('handler' in item) || !('name' in item)) {
    return 'is neither a decorated class nor made by defineEntity, defineOrchestration or defineActivity';
  }
  if (item.kind !== 'entity' && item.kind !== 'orchestration' && item.kind !== 'activity') {
    return `is of an unknown kind ${shown(item.kind)}`;
  }
  if (typeof item.handler !== 'function') return 'has no handler function';
  if (item.kind === 'orchestration' && 'version' in item && item.version !== undefined && !isVersion(item.version)) {
    return 'has a version that is not a whole number from 1';
  }
  const problem = item.name === '' ? 'it is empty' : idProblem(item.name);
  if (problem !== undefined) return `has an unusable name: ${problem}`;
  const hasOptions = 'options' in item && typeof item.options === 'object' && item.options !== null;
  return item.kind === 'entity' && !hasOptions ? 'has no options: make it by defineEntity' : undefined;
}

function duplicates(definitions: readonly Definition[]): string[] {
  const problems: string[] = [];
  const seen = new Map<string, Definition>();
  const versionsSeen = new Map<string, Set<number>>();
  for (const definition of definitions) {
    // Entity names are compared in lower case. Other names that differ only in case would confuse readers.
    const key = `${definition.kind} ${definition.name.toLowerCase()}`;
    const other = seen.get(key);
    if (other === undefined) seen.set(key, definition);
    else if (other.name !== definition.name) {
      problems.push(`two ${plural(definition)} have names that differ only in case: ${other.name}, ${definition.name}`);
    } else if (definition.kind !== 'orchestration') {
      problems.push(`two ${plural(definition)} are named ${definition.name}`);
    }
    if (definition.kind !== 'orchestration') continue;
    // An orchestration may have several versions.
    const { name, version = 1 } = definition;
    const versions = versionsSeen.get(name) ?? new Set<number>();
    versionsSeen.set(name, versions);
    if (versions.has(version)) {
      problems.push(`two orchestrations are named ${name}${version === 1 ? '' : `, both of version ${version}`}`);
    }
    versions.add(version);
  }
  return problems;
}

function isVersion(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function plural({ kind }: Definition): string {
  return { entity: 'entities', orchestration: 'orchestrations', activity: 'activities' }[kind];
}

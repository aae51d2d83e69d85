import { expect } from 'chai';
import { firstSentence, publicDeclarations } from '../docs/declarations.js';
import { textOf } from '../docs/pages.js';

const namesMax = 69;

/**
 * Names that are on their way out of the main entry, and where they should be found then. Type aliases can go: the compiler
 * writes out what they stand for. Interfaces that appear in the declarations of users (`OrchestrationDefinition` of an
 * exported `defineOrchestration(...)`) cannot: their declaration files would need a name for them.
 */
const leaving: Readonly<Record<string, string>> = {
  ActivityClass: './functions: an alias that users never write',
  ActivityReference: './functions: an alias that users never write',
  CallProxy: './functions: the type of a lambda parameter, always inferred',
  ContextLog: './functions: the type of context.log, always inferred',
  EntityClass: './functions: an alias that users never write',
  EntityHandler: './functions: the type of a parameter, always inferred',
  EntityInput: './functions: what @Operation({ input }) takes, always inferred',
  EntityOptions: './functions: always a literal',
  EntityTarget: './functions: EntityId | string',
  EntityToken: './functions: for generic helpers only',
  ErrorTraits: 'nowhere: a parameter of a constructor that users do not call',
  InputSchema: 'nowhere: a copy of the Standard Schema interface, which validators bring along',
  LeaseLostError: 'nowhere: a client never sees it; what it sees is HostStoppedError or a repeat',
  LockingRule: "nowhere: LockingRulesViolationError['code'] says it",
  Lockable: './functions: the type of a parameter, always inferred',
  OperationKind: './functions: what entityInterface takes, always a literal',
  OperationNames: './functions: a step between other types',
  OrchestrationClass: './functions: an alias that users never write',
  OrchestrationProxy: './functions: the type of createEntityProxy(...), always inferred',
  OrchestrationReference: './functions: an alias that users never write',
  RetryAdvice: "nowhere: DurableError['retry'] says it",
  SignalProxy: './functions: the type of a lambda parameter, always inferred',
  StateOf: './functions: the type of entityState, always inferred',
  SubOrchestrationOptions: './functions: always a literal',
};

describe('public names', () => {
  for (const [entry, heading] of [
    ['main', '## `durable-entities`'],
    ['functions', '## `durable-entities/functions`'],
  ] as const) {
    it(`docs/public-api.md lists what the entry ${entry} exports (after a change: npm run docs)`, () => {
      const page = textOf('docs/public-api.md');
      const section = page.slice(page.indexOf(`${heading}\n`)).split('\n## ')[0] as string;
      const listed = Array.from(section.matchAll(/^\| `(\w+)` \| (\w+) \|/gm), ([, name, kind]) => `${kind} ${name}`);
      expect(listed).to.deep.equal(publicDeclarations(entry).map(({ name, kind }) => `${kind} ${name}`));
    });
  }

  it(`the main entry has at most ${namesMax} names, besides those that are leaving it`, () => {
    const names = publicDeclarations('main').map(({ name }) => name);
    expect(names.filter((name) => leaving[name] === undefined)).to.have.length.at.most(namesMax);
  });

  it('every public name says in a sentence what it is', () => {
    const silent = publicDeclarations('main').filter(({ doc }) => firstSentence(doc) === '');
    expect(silent.map(({ name }) => name)).to.deep.equal([]);
  });
});

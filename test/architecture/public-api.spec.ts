import { expect } from 'chai';
import { firstSentence, publicDeclarations } from '../docs/declarations.js';
import { textOf } from '../docs/pages.js';

const namesMax = 69;

/**
 * Names that should leave the main entry before 1.0, by the place where they can be found then.
 *
 * Interfaces that appear in the declarations of users must stay: an exported `defineOrchestration(...)` needs a name for
 * `OrchestrationDefinition` in its declaration file. Type aliases may go: the compiler writes out what they stand for.
 */
const leaving: Readonly<Record<string, readonly string[]>> = {
  // Aliases and helpers that programs never write, for they are inferred or literals; libraries find them there already.
  './functions': [
    'ActivityClass',
    'ActivityReference',
    'CallProxy',
    'ContextLog',
    'EntityClass',
    'EntityHandler',
    'EntityOptions',
    'EntityTarget',
    'EntityToken',
    'Lockable',
    'OperationKind',
    'OperationNames',
    'OrchestrationClass',
    'OrchestrationProxy',
    'OrchestrationReference',
    'OrchestrationReturn',
    'OrchestrationSteps',
    'SignalProxy',
    'SubOrchestrationOptions',
  ],
  // Mistakes of the programmer, and what is rarely caught by its class: `code` tells them apart. An entry for all errors.
  './errors, to be made': [
    'AmbiguousEntityError',
    'BackpressureError',
    'ClientInsideTurnError',
    'EffectsViolationError',
    'EntityConstructionError',
    'InvalidArgumentError',
    'InvalidEntityIdError',
    'InvalidEntityInterfaceError',
    'InvalidOperationError',
    'LeaseLostError',
    'LimitExceededError',
    'MessageAbandonedError',
    'NonDeterministicOrchestrationError',
    'NonError',
    'RegistrationError',
    'RequestIdReusedError',
    'RewindNotPossibleError',
    'SerializationError',
    'SignalLambdaError',
    'StorageBusyError',
    'UnknownActivityError',
    'UnknownEntityError',
    'UnknownOrchestrationError',
    'LockingRule',
    'RetryAdvice',
  ],
  // Said by something else: the parameter of a constructor that nobody calls, the Standard Schema interface, inferred types.
  nowhere: ['EntityInput', 'ErrorTraits', 'InputSchema', 'StateOf'],
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

  it(`the main entry has at most ${namesMax} names, besides those that are to leave it`, () => {
    const gone = new Set(Object.values(leaving).flat());
    const staying = publicDeclarations('main').filter(({ name }) => !gone.has(name));
    expect(staying.map(({ name }) => name)).to.have.length.at.most(namesMax);
  });

  it('every public name says in a sentence what it is', () => {
    const silent = publicDeclarations('main').filter(({ doc }) => firstSentence(doc) === '');
    expect(silent.map(({ name }) => name)).to.deep.equal([]);
  });
});

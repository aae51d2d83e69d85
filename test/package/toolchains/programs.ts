/** Programs that each tool compiles, loads or bundles. All of them do the same, and print the same line. */

/** The line that each program prints: the result of an orchestration, and what the database holds of the entity after a restart. */
export const printed = '[12,{"balance":12}]';

/** The last line of a program. A test calls `main` itself. */
export const start = '\nmain().then((line) => console.log(line));\n';

/** Two hosts, one after the other, on one file of a database. */
const main = `
async function main() {
  const storage = 'hub.db';
  const first = await DurableHost.start({ storage, ...options });
  const run = await first.client.startNew(twice, { instanceId: 'run' });
  const result = await run.result();
  await first.stop();
  const second = await DurableHost.start({ storage, ...options });
  const { entityState } = await second.client.readEntityState(id);
  await second.stop();
  return JSON.stringify([result, entityState]);
}
`;

export interface ClassProgram {
  /** The parameter of the constructor gets its service by its type, or by the option `inject`. */
  readonly injection: 'types' | 'inject';
  /** The dialect of the decorators. Annotations of class-transformer know the old one only. */
  readonly decorators: 'experimental' | 'standard';
}

/** An entity as a class, with a service and with a field that is not stored, in TypeScript. */
export function classProgram({ injection, decorators }: ClassProgram): string {
  const [onClass, onField] = decorators === 'standard' ? ['@Annotate({ secret: Exclude() })', ''] : ['', '@Exclude()'];
  return `
import 'reflect-metadata';
import { Exclude } from 'class-transformer';
import { Container } from 'inversify';
import { Annotate, DurableHost, Entity, EntityId, Operation, defineOrchestration } from 'durable-entities';

class Rates {
  of(currency: string): number { return currency.length; }
}

@Entity({ name: 'Account', effects: 'none'${injection === 'inject' ? ', inject: [Rates]' : ''} })
${onClass}
class Account {
  balance = 0;
  ${onField} secret = 'not stored';
  private readonly rates: Rates;
  constructor(rates: Rates) { this.rates = rates; }
  @Operation() async deposit(currency: string): Promise<number> {
    return (this.balance += this.rates.of(currency));
  }
}
void Annotate;
const id = new EntityId('Account', 'ann');
const twice = defineOrchestration('Twice', async (context): Promise<number> => {
  await context.callEntity(id, 'deposit', 'dollar');
  return context.callEntity<number>(id, 'deposit', 'dollar');
});
const container = new Container();
container.bind('currency').toConstantValue('dollar');
const options = { register: [Account, twice], container };
${main}`;
}

/** The same entity as a function, in JavaScript. */
const functions = `
const id = new EntityId('Account', 'ann');
const account = defineEntity('Account', { effects: 'none' }, (context) => {
  const balance = context.getState(() => ({ balance: 0 })).balance + context.getInput().length;
  context.setState({ balance });
  return balance;
});
const twice = defineOrchestration('Twice', async (context) => {
  await context.callEntity(id, 'deposit', 'dollar');
  return context.callEntity(id, 'deposit', 'dollar');
});
const options = { register: [account, twice] };
${main}`;

const names = '{ DurableHost, EntityId, defineEntity, defineOrchestration }';

/** The program with functions, by the way in which it loads the library. */
export const functionPrograms = {
  import: `import ${names} from 'durable-entities';${functions}`,
  require: `const ${names} = require('durable-entities');${functions}`,
  'import()': `import('durable-entities').then(async (${names}) => {${functions}${start}});`,
} as const;

/** Imports of each entry that has no optional peer, for compilers that only check. */
export const typesProgram = `
import { DurableHost, type DurableHostOptions } from 'durable-entities';
import { DurableClient } from 'durable-entities/client';
import { DurableError } from 'durable-entities/errors';
import { defineEntity } from 'durable-entities/functions';
import type { Inspector } from 'durable-entities/hub';
import { serve } from 'durable-entities/http';
import { TestHost } from 'durable-entities/testing';
export const options: DurableHostOptions = { storage: ':memory:', register: [defineEntity('A', (context) => context.entityKey)] };
export type All = [DurableClient, DurableError, Inspector, TestHost];
export const values = [DurableHost, DurableClient, DurableError, serve, TestHost];
`;

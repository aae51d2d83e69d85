import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import * as first from 'inversify';
import { InvalidArgumentError } from '../../src/errors/index.js';
import { Entity, EntityId, Operation } from '../../src/index.js';
import { TestHost } from '../../src/testing/index.js';

const modules = resolve(import.meta.dirname, '../../../node_modules');

describe('a container of a second copy of inversify', () => {
  let folder: string;
  let second: typeof first;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'durable-second-inversify-'));
    for (const name of ['inversify', '@inversifyjs', 'reflect-metadata'])
      cpSync(join(modules, name), join(folder, 'node_modules', name), { recursive: true });
    const { href } = pathToFileURL(join(folder, 'node_modules/inversify/lib/index.js'));
    second = (await import(href)) as typeof first;
  });
  after(() => rmSync(folder, { recursive: true }));

  /** An entity with services by type, by a decorator of the given copy, and by the option `inject`. */
  function entityOf({ inject, injectable }: typeof first) {
    @injectable()
    class Rates {
      constructor(@inject('factor') readonly factor: number) {}
    }
    @Entity({ name: 'Account' })
    class Account {
      balance = 0;
      constructor(
        @inject('owner') private readonly owner: string,
        private readonly rates: Rates,
      ) {}
      @Operation() async deposit(amount: number): Promise<string> {
        this.balance += amount * this.rates.factor;
        return `${this.owner} has ${this.balance}`;
      }
    }
    return Account;
  }

  it('is another class, and still gives services to entities', async () => {
    expect(second.Container).to.not.equal(first.Container);
    class Named extends second.Container {}
    for (const decorators of [first, second]) {
      for (const Container of [second.Container, Named]) {
        const container = new Container();
        container.bind('owner').toConstantValue('Ann');
        container.bind('factor').toConstantValue(2);
        await using host = await TestHost.start({ register: [entityOf(decorators)], container });
        const answer = await host.client.callEntity(new EntityId('Account', 'ann'), 'deposit', 21);
        expect(answer).to.equal('Ann has 42');
      }
    }
  });

  it('is refused if it is a container of another version', async () => {
    const { proxy: gone, revoke } = Proxy.revocable({}, {});
    revoke();
    class Old {
      bind(): void {}
      get(): void {}
      isBound(): void {}
    }
    for (const container of [new Old(), {}, Object.create(null) as object, null, 7, gone]) {
      const error = await TestHost.start({ register: [], container: container as first.Container }).then(
        () => undefined,
        (failure: unknown) => failure,
      );
      expect(error).to.be.instanceOf(InvalidArgumentError).and.include({ argument: 'container' });
    }
  });
});

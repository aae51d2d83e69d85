import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import 'reflect-metadata';
import { Exclude } from 'class-transformer';
import { Entity } from '../../src/classes/index.js';
import { RegistrationError } from '../../src/errors/index.js';
import { annotatesHere, checkAnnotationsAreRead } from '../../src/classes/state/transformer-metadata.js';
import { captured } from './state-kit.js';

const require = createRequire(import.meta.url);

describe('a second copy of class-transformer', () => {
  let folder: string;
  let other: typeof import('class-transformer');
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'second-copy-'));
    const copy = join(folder, 'class-transformer');
    cpSync(dirname(dirname(require.resolve('class-transformer'))), copy, { recursive: true });
    other = require(join(copy, 'cjs/index.js')) as typeof import('class-transformer');
  });
  after(() => {
    // Hosts of later tests would warn of the copy.
    for (const file of Object.keys(require.cache)) if (file.startsWith(folder)) delete require.cache[file];
    rmSync(folder, { recursive: true });
  });

  it('does no harm as long as no entity is decorated by it', () => {
    class Unrelated {
      value = 1;
    }
    class Elsewhere {
      value = 1;
    }
    other.Exclude()(Elsewhere.prototype, 'value');
    other.instanceToPlain(new Unrelated());
    expect(captured(new Unrelated())).to.deep.equal({ value: 1 });
  });

  it('T12: is noticed by a decorator that writes elsewhere, which is asked where the program is bundled', async () => {
    expect(annotatesHere(Exclude)).to.equal(true);
    expect(annotatesHere(other.Exclude)).to.equal(false);
    await checkAnnotationsAreRead(true);
  });

  it('is noticed when it decorates the class of a state, or a class inside of one', () => {
    @Entity()
    class Leaky {
      secret = 's';
    }
    other.Exclude()(Leaky.prototype, 'secret');
    expect(() => captured(new Leaky())).to.throw(RegistrationError, 'another copy of class-transformer');
    class Inner {
      secret = 's';
    }
    other.Exclude()(Inner.prototype, 'secret');
    class Outer {
      inner = new Inner();
    }
    expect(() => captured(new Outer())).to.throw(RegistrationError, 'Inner is decorated by another copy');
  });
});

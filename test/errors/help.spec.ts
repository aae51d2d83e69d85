/** The address of an error in the documentation: where it points to, and where it is printed. */
import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import { expect } from 'chai';
import * as api from '../../src/errors/index.js';
import { logText } from '../../src/host/console-logger.js';
import { HttpProblem } from '../../src/http/problem.js';
import { decodeError, encodeError } from '../../src/model/error-details.js';
import { errorRows } from '../docs/error-table.js';
import { textOf } from '../docs/pages.js';

class CodedError extends api.DurableError {
  constructor(code: string) {
    super('The order is lost.', { code, retry: 'never', hint: 'Look for it.' });
  }
}

const address = 'durable-entities/docs/guides/errors.md#DE_TIMEOUT';

function times(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('the address of an error', () => {
  it('every code of an error leads to its anchor on the page of errors', () => {
    const page = textOf('docs/guides/errors.md');
    const codes = errorRows().map(({ code }) => code);
    expect(codes).to.have.length.greaterThan(40);
    for (const code of codes) {
      const { help } = new CodedError(code);
      expect(help).to.equal(`durable-entities/docs/guides/errors.md#${code}`);
      expect(page, code).to.contain(`<a id="${code}"></a>`);
    }
  });

  it('an error whose code is not on the page has no address', () => {
    const problem = new HttpProblem('DE_HTTP_NOT_FOUND', 'Nothing is here.', 'Look elsewhere.');
    const foreign = ['SHOP_LOST', 'DE_CLI_USAGE', 'DE_\u001b[2J', 'DE_TIMEOUT\n'].map((code) => new CodedError(code));
    for (const error of [problem, ...foreign]) {
      expect(error.help, error.code).to.equal(undefined);
      expect(inspect(error)).not.to.contain('errors.md');
    }
  });

  it('inspect prints the address of an error and of each cause once', () => {
    const cause = new api.LeaseLostError(1, 2);
    const error = Object.assign(new api.TimeoutError('the outer one', 2), { cause });
    expect(times(inspect(error), address)).to.equal(1);
    expect(times(inspect(error), 'errors.md#DE_LEASE_LOST')).to.equal(1);
    expect(times(inspect(decodeError(encodeError(error))), address)).to.equal(1);
  });

  it('Node prints the address of an error that nobody catches', () => {
    const index = new URL('../../src/errors/index.js', import.meta.url).href;
    const program = `import { TimeoutError } from ${JSON.stringify(index)};\nthrow new TimeoutError('the answer', 5);`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(times(stderr, address)).to.equal(1);
  });

  it('the log of the console has the address of an error of this package, and of no other', () => {
    expect(logText({ error: new api.TimeoutError('x', 5) }, 'failed')).to.contain(`"help":"${address}"`);
    expect(logText({ error: Object.assign(new Error('x'), { help: 'elsewhere' }) }, 'failed')).not.to.contain('help');
  });

  it('a message, a hint, a stack and a stored form do not contain the address', () => {
    const error = new api.TimeoutError('the answer', 5);
    const rebuilt = decodeError(encodeError(error)) as api.TimeoutError;
    expect(rebuilt.help).to.equal(address);
    for (const text of [error.message, error.hint, error.stack ?? '', encodeError(error)]) {
      expect(text).not.to.contain('errors.md');
    }
  });

  it('a stored error cannot bring an address of its own for a code of this package', () => {
    const text = encodeError(Object.assign(new Error('x'), { name: 'TimeoutError', code: 'DE_TIMEOUT', help: 'mine' }));
    expect(text).to.contain('"help":"mine"');
    expect(decodeError(text)).to.be.instanceOf(api.TimeoutError).and.to.have.property('help', address);
  });
});

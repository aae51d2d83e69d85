import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundled } from '../bundled.js';

interface Shop {
  readonly process: ChildProcess;
  readonly url: string;
  readonly errors: () => string;
}

async function open(file: string): Promise<Shop> {
  const program = await bundled('samples/nest-shop/main');
  const child = spawn(process.execPath, [program, file, '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /open at (\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`The shop ended with ${code}: ${errors}`)));
  });
  return { process: child, url, errors: () => errors };
}

async function post(url: string, body: object): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function json<T>(response: Promise<Response>): Promise<T> {
  return (await response).json() as Promise<T>;
}

interface OrderBody {
  readonly id: string;
  readonly status: string | undefined;
}

describe('the sample nest-shop', () => {
  let folder: string;
  let running: Shop | undefined;
  /** The running shop, or a new process on the same file: loading its packages takes longer than a test. Each test has articles of its own. */
  const openShop = async () => (running ??= await open(join(folder, 'shop.db')));
  const end = async ({ process: child }: Shop, signal: NodeJS.Signals) => {
    running = undefined;
    const exit = once(child, 'exit');
    child.kill(signal);
    return exit;
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-shop-'));
  });
  after(async () => {
    if (running?.process.exitCode === null) await end(running, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** Polls until an order has ended: its HTTP interface has no other way. */
  async function ended(url: string, id: string): Promise<string> {
    for (;;) {
      const { status } = await json<OrderBody>(fetch(`${url}/orders/${id}`));
      // Right after the order, its row may not be there.
      if (status !== 'accepted' && status !== undefined) return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('accepts orders, refuses bad ones, and never sells more than there is', async () => {
    const { url } = await openShop();
    expect((await post(`${url}/stock/cup`, { count: 10 })).status).to.equal(202);
    const orders = await Promise.all(
      [4, 4, 4].map((count) => json<OrderBody>(post(`${url}/orders`, { article: 'cup', count }))),
    );
    const statuses = await Promise.all(orders.map(({ id }) => ended(url, id)));
    expect(statuses.sort()).to.deep.equal(['paid', 'paid', 'sold out']);
    const dear = await json<OrderBody>(post(`${url}/orders`, { article: 'cup', count: 2 }));
    expect(await ended(url, dear.id)).to.equal('paid');
    await post(`${url}/stock/pot`, { count: 50 });
    const refused = await json<OrderBody>(post(`${url}/orders`, { article: 'pot', count: 30 }));
    expect(await ended(url, refused.id)).to.equal('not paid');
    expect(await json(fetch(`${url}/stock/cup`))).to.deep.equal({ available: 0 });
    expect(await json(fetch(`${url}/stock/pot`))).to.deep.equal({ available: 50 });
    for (const body of [{ article: 'cup' }, { article: 'cup', count: 0 }, { article: 'cup', count: 1, price: 0 }])
      expect((await post(`${url}/orders`, body)).status).to.equal(400);
    expect((await fetch(`${url}/orders/none`)).status).to.equal(404);
  });

  it('loses and doubles no accepted order if its process is killed in the middle', async () => {
    const first = await openShop();
    await post(`${first.url}/stock/bowl`, { count: 1_000 });
    const accepted: OrderBody[] = [];
    let killed: Promise<unknown> | undefined;
    const orders = Array.from({ length: 40 }, async () => {
      const response = await post(`${first.url}/orders`, { article: 'bowl', count: 3 });
      accepted.push((await response.json()) as OrderBody);
      if (accepted.length === 15) killed = end(first, 'SIGKILL');
    });
    await Promise.allSettled(orders);
    await killed;
    const second = await openShop();
    for (const { id } of accepted) expect(await ended(second.url, id)).to.equal('paid');
    const { available } = await json<{ available: number }>(fetch(`${second.url}/stock/bowl`));
    // An order whose answer was lost in the kill may have been accepted too.
    const sold = (1_000 - available) / 3;
    expect(sold).to.be.at.least(accepted.length).and.at.most(40);
    expect(Number.isInteger(sold)).to.equal(true);
  });

  it('ends with all that runs when it gets SIGTERM, and continues at the next start', async () => {
    const first = await openShop();
    await post(`${first.url}/stock/dish`, { count: 100 });
    const orders = await Promise.all(
      Array.from({ length: 10 }, () => json<OrderBody>(post(`${first.url}/orders`, { article: 'dish', count: 2 }))),
    );
    const [code, signal] = (await end(first, 'SIGTERM')) as [number | null, string | null];
    expect([code, signal]).to.deep.equal([null, 'SIGTERM']);
    expect(first.errors()).to.equal('');
    const second = await openShop();
    for (const { id } of orders) expect(await ended(second.url, id)).to.equal('paid');
    expect(await json(fetch(`${second.url}/stock/dish`))).to.deep.equal({ available: 80 });
  });
});

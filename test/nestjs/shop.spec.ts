import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const program = fileURLToPath(new URL('../../samples/nest-shop/main.js', import.meta.url));

interface Shop {
  readonly process: ChildProcess;
  readonly url: string;
  readonly errors: () => string;
}

async function open(file: string): Promise<Shop> {
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
  const shops: Shop[] = [];
  const openShop = async () => {
    const shop = await open(join(folder, 'shop.db'));
    shops.push(shop);
    return shop;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'durable-entities-shop-'));
  });
  afterEach(async () => {
    for (const { process: child } of shops.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
    }
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
    await post(`${first.url}/stock/cup`, { count: 1_000 });
    const accepted: OrderBody[] = [];
    const orders = Array.from({ length: 40 }, async () => {
      const response = await post(`${first.url}/orders`, { article: 'cup', count: 3 });
      accepted.push((await response.json()) as OrderBody);
      if (accepted.length === 15) first.process.kill('SIGKILL');
    });
    await Promise.allSettled(orders);
    const second = await openShop();
    for (const { id } of accepted) expect(await ended(second.url, id)).to.equal('paid');
    const { available } = await json<{ available: number }>(fetch(`${second.url}/stock/cup`));
    // An order whose answer was lost in the kill may have been accepted too.
    const sold = (1_000 - available) / 3;
    expect(sold).to.be.at.least(accepted.length).and.at.most(40);
    expect(Number.isInteger(sold)).to.equal(true);
  });

  it('ends with all that runs when it gets SIGTERM, and continues at the next start', async () => {
    const first = await openShop();
    await post(`${first.url}/stock/cup`, { count: 100 });
    const orders = await Promise.all(
      Array.from({ length: 10 }, () => json<OrderBody>(post(`${first.url}/orders`, { article: 'cup', count: 2 }))),
    );
    const exit = once(first.process, 'exit');
    first.process.kill('SIGTERM');
    const [code, signal] = (await exit) as [number | null, string | null];
    expect([code, signal]).to.deep.equal([null, 'SIGTERM']);
    expect(first.errors()).to.equal('');
    const second = await openShop();
    for (const { id } of orders) expect(await ended(second.url, id)).to.equal('paid');
    expect(await json(fetch(`${second.url}/stock/cup`))).to.deep.equal({ available: 80 });
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestHost } from 'durable-entities/testing';
import { IShelf, Shelf, takeSet } from './shop.js';

test('an order takes one piece of each article, or nothing', async () => {
  await using host = await TestHost.start({ register: [Shelf, takeSet] });
  await host.client.callEntity(IShelf, 'cup', (shelf) => shelf.fill(1));
  const run = await host.client.startNew(takeSet, { input: ['cup', 'saucer'] });
  assert.equal(await run.result(), 'no saucer left');
  const { entityState } = await host.client.readEntityState(Shelf, 'cup');
  assert.equal(entityState?.pieces, 1);
});

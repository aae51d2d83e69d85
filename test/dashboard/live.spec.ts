import { expect } from 'chai';
import { EntityId } from '../../src/index.js';
import { transfer } from './bank.js';
import { dashboardSuite } from './dashboard-suite.js';

dashboardSuite('live changes', { isSmall: true, writes: true }, (dashboard) => {
  it('an open entity shows a committed change without a reload, and what changed', async () => {
    const { client } = dashboard().bank.host;
    const id = new EntityId('account', 'live');
    await client.callEntity(id, 'deposit', 70);
    const watched = await dashboard().open();
    await watched.show(`entities?entity=${encodeURIComponent(id.toString())}`);
    const drawer = watched.page.locator('.drawer');
    await drawer.locator('.leaf', { hasText: 'cents' }).filter({ hasText: '70' }).waitFor();
    await client.callEntity(id, 'deposit', 5);
    await drawer.locator('.leaf', { hasText: 'cents' }).filter({ hasText: '75' }).waitFor();
    await drawer.locator('.difference ins', { hasText: '75' }).waitFor();
  });

  it('a list keeps its rows, and offers the new ones behind a button', async () => {
    const { client } = dashboard().bank.host;
    const watched = await dashboard().open();
    await watched.show('runs');
    const rows = watched.page.locator('tbody tr');
    const before = await rows.count();
    await client.startNew(transfer, { instanceId: 'z-new', input: { from: 'n1', to: 'n2', cents: 1 } });
    const button = watched.page.getByRole('button', { name: 'Show 1 new row' });
    await button.waitFor();
    expect(await rows.count()).to.equal(before);
    await button.click();
    await rows.first().getByText('z-new').waitFor();
  });

  it('the status of a row changes in its place', async () => {
    const { client } = dashboard().bank.host;
    const run = await client.startNew(transfer, { instanceId: 'y-ends', input: { from: 'n3', to: 'n4', cents: 1 } });
    const watched = await dashboard().open();
    await watched.show('runs');
    const row = watched.page.locator('[data-row=y-ends]');
    await row.locator('.is-running').waitFor();
    await run.raiseEvent('approved');
    await row.locator('.is-completed').waitFor();
  });

  it('a paused page shows nothing new until it goes on', async () => {
    const { client } = dashboard().bank.host;
    const id = new EntityId('account', 'paused');
    await client.callEntity(id, 'deposit', 1);
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show(`entities?entity=${encodeURIComponent(id.toString())}`);
    const cents = page.locator('.drawer .leaf', { hasText: 'cents' });
    await cents.filter({ hasText: '1' }).waitFor();
    await page.keyboard.press('p');
    await page.locator('[data-state=paused]').waitFor();
    await client.callEntity(id, 'deposit', 41);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    // Another page is a request of the reader. It is answered, and the live stream stays closed.
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.locator('table[aria-label=Partitions]').waitFor();
    expect(requests.filter((url) => url.includes('/live'))).to.deep.equal([]);
    await page.goBack();
    await page.locator('.drawer').waitFor({ state: 'detached' });
    await page.keyboard.press('p');
    await page.locator('[data-state=live]').waitFor();
  });
});

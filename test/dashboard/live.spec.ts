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

  it('the times of a list move while nothing changes', async () => {
    const { client } = dashboard().bank.host;
    await client.callEntity(new EntityId('account', 'moves'), 'deposit', 1);
    const watched = await dashboard().open();
    await watched.page.clock.install();
    await watched.show('entities?key=moves');
    const time = watched.page.locator('tbody time');
    await time.filter({ hasText: /now|^\d+ s ago/ }).waitFor();
    await watched.page.clock.runFor(180_000);
    await time.filter({ hasText: '3 min ago' }).waitFor();
  });

  it('a row that changes is drawn again, and the rows beside it are not', async () => {
    const { client } = dashboard().bank.host;
    const [still, moved] = [new EntityId('account', 'row-still'), new EntityId('account', 'row-moved')];
    for (const id of [still, moved]) await client.callEntity(id, 'deposit', 70);
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show('entities?key=row-');
    const state = page.locator(`[data-row="${moved.toString()}"] .brief`);
    await state.filter({ hasText: '70' }).waitFor();
    await page.evaluate(`{
      globalThis.written = new Set();
      new MutationObserver((changes) => {
        for (const { target } of changes) globalThis.written.add(target.parentElement.closest('tr, time')?.dataset.row ?? 'time');
      }).observe(document.querySelector('tbody'), { subtree: true, childList: true, characterData: true });
    }`);
    await client.callEntity(moved, 'deposit', 5);
    await state.filter({ hasText: '75' }).waitFor();
    expect(await page.evaluate(`[...globalThis.written].filter((row) => row !== 'time')`)).to.deep.equal([
      moved.toString(),
    ]);
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

  it('a hidden tab has no stream, and shows what it missed when it is seen again', async () => {
    const { client } = dashboard().bank.host;
    const id = new EntityId('account', 'hidden');
    await client.callEntity(id, 'deposit', 1);
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show(`entities?entity=${encodeURIComponent(id.toString())}`);
    const cents = page.locator('.drawer .leaf', { hasText: 'cents' });
    await cents.filter({ hasText: '1' }).waitFor();
    const hide = (isHidden: boolean) =>
      page.evaluate(`{
        Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} });
        document.dispatchEvent(new Event('visibilitychange'));
      }`);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await hide(true);
    await page.locator('[data-state=connecting]').waitFor();
    await client.callEntity(id, 'deposit', 41);
    expect(requests.filter((url) => url.includes('/live'))).to.deep.equal([]);
    await hide(false);
    await page.locator('[data-state=live]').waitFor();
    await cents.filter({ hasText: '42' }).waitFor();
  });
});

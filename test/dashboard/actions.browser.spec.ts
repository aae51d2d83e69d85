import { expect } from 'chai';
import { EntityId } from '../../src/index.js';
import { transfer } from './bank.js';
import { dashboardSuite } from './dashboard-suite.js';

dashboardSuite('actions on the dashboard', { isSmall: true, writes: true }, (dashboard) => {
  it('a call of an entity shows its result, and the state follows', async () => {
    const { client } = dashboard().bank.host;
    await client.callEntity(new EntityId('account', 'called'), 'deposit', 10);
    const watched = await dashboard().open();
    await watched.show(`entities?entity=${encodeURIComponent('@account@called')}`);
    const drawer = watched.page.locator('.drawer');
    await drawer.getByRole('button', { name: 'Call…' }).click();
    await drawer.getByRole('textbox', { name: 'Operation' }).fill('deposit');
    await drawer.getByRole('textbox', { name: 'Input' }).fill('5');
    await drawer.getByRole('button', { name: 'Call', exact: true }).click();
    await drawer.locator('.question .value', { hasText: '10' }).waitFor();
    await drawer.locator('.difference ins', { hasText: '15' }).waitFor();
    expect(await client.callEntity(new EntityId('account', 'called'), 'balance')).to.equal(15);
  });

  it('an input that is not JSON is told, and cannot be sent', async () => {
    const watched = await dashboard().open();
    await watched.show(`entities?entity=${encodeURIComponent('@account@a-00000')}`);
    const drawer = watched.page.locator('.drawer');
    await drawer.getByRole('button', { name: 'Signal…' }).click();
    await drawer.getByRole('textbox', { name: 'Operation' }).fill('deposit');
    await drawer.getByRole('textbox', { name: 'Input' }).fill('{"a":');
    await drawer.getByText('This is not JSON').waitFor();
    expect(await drawer.getByRole('button', { name: 'Send' }).isDisabled()).to.equal(true);
  });

  it('a raised event lets a run end', async () => {
    const { client } = dashboard().bank.host;
    await client.startNew(transfer, { instanceId: 'raised', input: { from: 'r1', to: 'r2', cents: 1 } });
    const watched = await dashboard().open();
    await watched.show('runs?run=raised');
    const drawer = watched.page.locator('.drawer');
    await drawer.locator('[data-code=waitsForEvent]').waitFor();
    await drawer.getByRole('button', { name: 'Raise event…' }).click();
    expect(await drawer.getByRole('textbox', { name: 'Event' }).inputValue()).to.equal('approved');
    await drawer.getByRole('button', { name: 'Raise', exact: true }).click();
    await drawer.locator('.drawer-head .is-completed').waitFor();
  });

  it('a long value of an event unfolds in its cell, and folds again', async () => {
    const { client } = dashboard().bank.host;
    const input = { from: `fold-${'x'.repeat(80)}`, to: 'fold-to', cents: 1 };
    await client.startNew(transfer, { instanceId: 'folds', input });
    const watched = await dashboard().open();
    await watched.show('runs?run=folds');
    const row = watched.page.locator('.drawer table[aria-label=History] tbody tr').first();
    await row.getByRole('button', { name: 'Unfold the value' }).click();
    await row.locator('.leaf', { hasText: 'fold-to' }).waitFor();
    await row.getByRole('button', { name: 'Fold the value', exact: true }).click();
    await row.locator('.brief').waitFor();
  });

  it('a termination needs a second press, and Escape takes the question back', async () => {
    const { client } = dashboard().bank.host;
    const run = await client.startNew(transfer, { instanceId: 'ended', input: { from: 'e1', to: 'e2', cents: 1 } });
    const watched = await dashboard().open();
    await watched.show('runs?run=ended');
    const { page } = watched;
    const drawer = page.locator('.drawer');
    await drawer.getByRole('button', { name: 'Terminate…' }).click();
    await page.keyboard.press('Escape');
    await drawer.getByRole('button', { name: 'Terminate…' }).click();
    expect((await run.status())?.runtimeStatus).to.equal('running');
    await drawer.getByRole('textbox', { name: 'Reason' }).fill('a duplicate');
    await drawer.getByRole('button', { name: 'Terminate now' }).click();
    await drawer.locator('.drawer-head .is-terminated').waitFor();
    expect((await run.status())?.runtimeStatus).to.equal('terminated');
  });

  it('a bulk action counts first, needs the number typed above 100, and shows its progress', async () => {
    const { client } = dashboard().bank.host;
    for (let index = 0; index < 101; index += 1) {
      const input = { from: `b${index}`, to: `c${index}`, cents: 1 };
      await client.startNew(transfer, { instanceId: `bulk-${String(index).padStart(3, '0')}`, input });
    }
    const watched = await dashboard().open();
    await watched.show('runs?id=bulk-&status=pending,running,suspended');
    const main = watched.page.locator('main');
    await main.getByRole('button', { name: 'Act on all that fit…' }).click();
    await main.getByRole('combobox', { name: 'Action' }).selectOption('terminate');
    await main.getByRole('button', { name: 'Count first (dry run)' }).click();
    const act = main.getByRole('button', { name: 'Terminate 101' });
    await act.waitFor();
    expect(await act.isDisabled()).to.equal(true);
    await main.getByLabel('Type 101 to go on').fill('101');
    await act.click();
    await main.getByText('101 of 101 done').waitFor();
    expect((await client.countRuns({ instanceIdPrefix: 'bulk-' })).terminated).to.equal(101);
  });
});

dashboardSuite('a dashboard that may only read', { isSmall: true }, (dashboard) => {
  it('has no action, and tells how to allow writes', async () => {
    const watched = await dashboard().open();
    await watched.show('runs?status=running&run=t-000');
    const drawer = watched.page.locator('.drawer');
    await drawer.getByText('Writes are off').waitFor();
    for (const name of ['Terminate…', 'Suspend…', 'Raise event…', 'Act on all that fit…'])
      expect(await watched.page.getByRole('button', { name }).count(), name).to.equal(0);
  });
});

dashboardSuite(
  'a dashboard with tokens',
  { isSmall: true, tokens: { read: 'r'.repeat(20), write: 'w'.repeat(20) } },
  (dashboard) => {
    it('asks for a token, refuses a wrong one, and shows the hub after a right one', async () => {
      const watched = await dashboard().open();
      const { page } = watched;
      await page.goto(dashboard().bank.url);
      await page.getByLabel('Token').fill('x'.repeat(20));
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByText('The token or key is not valid.').waitFor();
      // The browser writes a line for each refused request. The page writes none.
      expect(watched.complaints.splice(0).filter((line) => !line.includes('401'))).to.deep.equal([]);
      await page.getByLabel('Token').fill('r'.repeat(20));
      await page.getByRole('button', { name: 'Log in' }).click();
      await watched.settled();
      await page.getByRole('button', { name: 'Log out' }).click();
      await page.getByLabel('Token').waitFor();
    });

    it('takes the one-time key of the printed address, and removes it from the address', async () => {
      const watched = await dashboard().open();
      await watched.page.goto(dashboard().bank.server.loginUrl());
      await watched.settled();
      expect(watched.page.url()).not.to.contain('k=');
    });
  },
);

import { expect } from 'chai';
import { dashboardSuite } from './dashboard-suite.js';

interface Focusable {
  matches(selector: string): boolean;
}

dashboardSuite('the keyboard alone', { isSmall: true, writes: true }, (dashboard) => {
  it('leads to a run, into its drawer, and back to its row', async () => {
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show('overview');
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.locator('main table[aria-label=Orchestrations] a').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const id = await page.evaluate<string>('document.activeElement.textContent');
    await page.keyboard.press('Enter');
    await page.locator('.drawer h1', { hasText: id }).waitFor();
    expect(await page.evaluate('document.activeElement.className')).to.contain('drawer');
    await page.keyboard.press('Escape');
    await page.locator('.drawer').waitFor({ state: 'detached' });
    await page.locator('tbody a:focus', { hasText: id }).waitFor();
  });

  it('shows the keys by ?, and closes them by Escape', async () => {
    const watched = await dashboard().open();
    await watched.show('overview');
    await watched.page.keyboard.press('?');
    await watched.page.getByRole('heading', { name: 'Keys' }).waitFor();
    await watched.page.keyboard.press('Escape');
    await watched.page.getByRole('heading', { name: 'Keys' }).waitFor({ state: 'hidden' });
  });

  it('searches by / without the pointer', async () => {
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show('overview');
    await page.keyboard.press('/');
    await page.keyboard.type('t-00');
    await page.locator('.hit').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.drawer h1', { hasText: 't-00' }).waitFor();
  });

  it('Escape takes a question back from the moment in which it is there, wherever the focus is', async () => {
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show('runs?run=t-002');
    const ask = page.locator('.drawer').getByRole('button', { name: 'Terminate…' });
    const question = page.locator('.drawer .question');
    await ask.waitFor();
    // Both in one task of the browser, before it shows a picture.
    await page.evaluate(`(async () => {
      const buttons = [...document.querySelectorAll('.drawer button')];
      buttons.find(({ textContent }) => textContent === 'Terminate…').click();
      for (let turns = 0; turns < 100 && document.querySelector('.question') === null; turns += 1) await undefined;
      if (document.querySelector('.question') === null) throw new Error('no question');
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    })()`);
    await question.waitFor({ state: 'detached' });
    await page.locator('.drawer button:focus', { hasText: 'Terminate…' }).waitFor();
    await page.keyboard.press('Enter');
    await question.locator('input:focus').waitFor();
    await page.locator('.drawer h1').click();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await ask.waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.drawer').waitFor({ state: 'detached' });
  });

  it('terminates a run: tab, enter, and a second press', async () => {
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show('runs?run=t-001');
    const ask = page.locator('.drawer').getByRole('button', { name: 'Terminate…' });
    await ask.waitFor();
    for (let presses = 0; presses < 30; presses += 1) {
      if (await ask.evaluate((element: Focusable) => element.matches(':focus'))) break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.locator('.drawer .question input:focus').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('.drawer-head .is-terminated').waitFor();
  });
});

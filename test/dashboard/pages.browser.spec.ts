import { expect } from 'chai';
import { dashboardSuite } from './dashboard-suite.js';
import { looks, type WatchedPage } from './browser.js';

const views = {
  overview: 'overview',
  entities: 'entities',
  entity: `entities?entity=${encodeURIComponent('@account@a-00004')}`,
  orchestrations: 'runs',
  orchestration: 'runs?run=t-003',
  'orchestration with a sub-orchestration': 'runs?run=t-010',
  'failed orchestration': 'runs?status=failed&run=e-00050',
  locks: 'locks',
  'graph of locks': 'locks?form=graph',
  'dead letters': 'dead-letters',
  workers: 'workers',
};

const colourRules = ['color-contrast', 'link-in-text-block'];

dashboardSuite('pages of the dashboard', { writes: true }, (dashboard) => {
  // One page for all views: a process of the browser for each takes longer than the tests.
  let page: WatchedPage;
  before(async () => {
    page = await dashboard().openForTests();
  });
  after(() => page.close());

  for (const [at, [name, view]] of Object.entries(views).entries()) {
    describe(`the page ${name}`, () => {
      // The first look loads the page. The style sheet alone makes the other ones.
      for (const [index, look] of looks.entries()) {
        // On a phone axe looks at each page once, by turns in light and dark: its look takes longer than all else.
        const isChecked = look.width === 1280 || (look.scheme === 'dark') === (at % 2 === 1);
        it(`fits ${look.width} px in ${look.scheme}${isChecked ? ', and axe finds nothing serious' : ''}`, async () => {
          await page.look(look);
          if (index === 0) await page.show(view);
          await page.picture(`${name.replaceAll(' ', '-')}-${look.width}-${look.scheme}`);
          expect(await page.overflow()).to.be.at.most(0);
          // The themes have the same elements, so only rules of colours can differ.
          const rules = look.width === 1280 && look.scheme === 'dark' ? colourRules : undefined;
          if (isChecked) expect(await page.findings(rules)).to.deep.equal([]);
        });
      }
    });
  }

  it('the list of entities is paged, and back leads to the page before', async () => {
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show('entities');
    await page.waitForSelector('text=@account@a-00000');
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.waitForSelector('text=@account@a-00050');
    expect(await page.locator('text=@account@a-00000').count()).to.equal(0);
    await page.goBack();
    await page.waitForSelector('text=@account@a-00000');
  });

  it('a filter replaces the rows of the list', async () => {
    const watched = await dashboard().open();
    const { page } = watched;
    await watched.show('runs');
    await page.locator('[data-row=t-199]').waitFor();
    await page.getByRole('combobox', { name: 'Status' }).selectOption('failed');
    await page.locator('[data-row=e-04950] .is-failed').first().waitFor();
    await page.locator('[data-row=t-199]').waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'new row' }).count()).to.equal(0);
  });

  it('a search by the beginning of an id leads to the entity', async () => {
    const { page } = await dashboard().open();
    await page.goto(`${dashboard().bank.url}/#/overview`);
    await page.getByRole('searchbox', { name: 'Search an id' }).fill('@account@a-0777');
    await page.locator('.hit').first().click();
    await page.locator('.drawer h1', { hasText: '@account@a-07770' }).waitFor();
  });

  it('the explanation of an orchestration that waits for a lock leads to its holder', async () => {
    const watched = await dashboard().open();
    await watched.show('runs?run=t-003');
    const chain = watched.page.locator('.drawer .chain');
    await chain.locator('[data-code=waitsForLock]').waitFor();
    await chain.locator('[data-code=waitsForEvent]').waitFor();
    await chain.getByRole('link', { name: 't-002' }).first().click();
    await watched.page.locator('.drawer h1', { hasText: 't-002' }).waitFor();
  });

  it('a timeline shows the waiting and holding of locks apart, and steps of a sub-orchestration', async () => {
    const watched = await dashboard().open();
    await watched.show('runs?run=t-010');
    const chart = watched.page.locator('.drawer .chart');
    await chart.locator('[data-kind=child]').waitFor();
    await chart.locator('[data-kind=section] .is-held').waitFor();
    await chart.locator('[data-kind=event]', { hasText: 'approved' }).waitFor();
  });
});

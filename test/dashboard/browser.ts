/** Browser of the tests: the installed Chromium, with pages that report every console line, error, foreign request and refused content. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'chai';

const howToRun =
  'The tests of the dashboard cannot run: no Chromium is installed. Run: apt-get install -y chromium (or set DURABLE_TEST_CHROMIUM)';

/** Path of the program. `undefined` if no such program is installed. */
export const chromiumPath = [
  process.env['DURABLE_TEST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

if (chromiumPath === undefined) console.error(howToRun);

/** Screenshots of the last run. They are looked at, and kept out of the repository. */
const pictures = resolve(import.meta.dirname, '../../screenshots');

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export type Scheme = 'light' | 'dark';

export interface Look {
  readonly width: number;
  readonly scheme: Scheme;
}

export const plainLook: Look = { width: 1280, scheme: 'light' };

/** The looks of each page. */
export const looks: readonly Look[] = [
  { width: 1280, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
  { width: 360, scheme: 'light' },
  { width: 360, scheme: 'dark' },
];

export async function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath as string, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Code of the page is text here: the tests know no DOM. */
const reportPolicy = `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  console.error('refused by the policy: ' + violatedDirective + ' ' + blockedURI);
});`;

interface Findings {
  readonly violations: readonly {
    readonly impact: string;
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** A page under watch. */
export class WatchedPage {
  /** Everything that a reader of a careful page never sees. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
    private readonly ownContext: BrowserContext | undefined,
  ) {}

  /** Opens a page in a context of its own, with an empty cache, or in one that suites share. */
  static async open(place: Browser | BrowserContext, url: string, look: Look = plainLook): Promise<WatchedPage> {
    const ownContext = 'newContext' in place ? await place.newContext({ permissions: [] }) : undefined;
    const page = await (ownContext ?? (place as BrowserContext)).newPage();
    // Below the limit of a test, so that a failure tells what was waited for.
    page.setDefaultTimeout(120_000);
    const watched = new WatchedPage(page, url, ownContext);
    watched.listen();
    await page.addInitScript(reportPolicy);
    await watched.look(look);
    return watched;
  }

  async look({ width, scheme }: Look): Promise<void> {
    await this.page.setViewportSize({ width, height: width < 640 ? 780 : 860 });
    await this.page.emulateMedia({ colorScheme: scheme });
  }

  private listen(): void {
    const { page, complaints, url } = this;
    page.on('console', (line) => complaints.push(`console: ${line.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:'))
        complaints.push(`request: ${request.url()}`);
    });
  }

  /** Opens a view, and waits until it shows data and hears of changes. */
  async show(view: string): Promise<void> {
    // Another page between: a change of the fragment alone would keep the state of the view before.
    await this.page.goto('about:blank');
    await this.page.goto(`${this.url}/#/${view}`);
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.page.waitForSelector('main .table-frame, main .empty, main .graph, main .attention');
    await this.page.waitForSelector('.skeleton', { state: 'detached' });
    await this.page.waitForSelector('[data-state=live]');
  }

  /**
   * Serious findings of axe, as sentences. Rows of a table have one form: the first six are looked at.
   * @param rules the names of the rules that are applied. Default: all
   */
  async findings(rules?: readonly string[]): Promise<string[]> {
    const options = { resultTypes: ['violations'], ...(rules !== undefined && { runOnly: rules }) };
    // The page's policy refuses a script that is added to it. Evaluation is not a part of the page.
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate<Findings>(
      `axe.run({ exclude: [['tbody tr:nth-child(n+7)']] }, ${JSON.stringify(options)})`,
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  }

  /** Pixels by which the page is wider than its window. */
  overflow(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - innerWidth');
  }

  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  /** Leaves what is shown. @throws AssertionError if the page complained */
  async empty(): Promise<void> {
    const complaints = this.complaints.splice(0);
    await this.page.goto('about:blank');
    expect(complaints).to.deep.equal([]);
  }

  /** @throws AssertionError if the page complained */
  async close(): Promise<void> {
    const complaints = this.complaints.slice();
    await (this.ownContext ?? this.page).close();
    expect(complaints).to.deep.equal([]);
  }
}

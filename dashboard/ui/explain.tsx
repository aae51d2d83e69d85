/** Explanation of why something does not move: a chain of reasons with links, and the remedy at its end. */
import type { Explanation, ExplanationLink } from '../api/answers.js';
import { useResource } from '../api/resource.js';
import { Section } from './drawer.js';
import { SubjectLink } from './links.js';
import { Loading, Problem } from './states.js';
import { shown } from './text.js';
import { Time } from './time.js';

/** Reasons that need nobody's attention. */
const calm = new Set(['ended', 'idle', 'notFound', 'ready', 'running', 'scheduled', 'startScheduled']);

export function Explain({ path, subject }: { readonly path: string; readonly subject: string }) {
  const { data, error } = useResource<Explanation>(path, ({ id }, known) => id === subject || isInChain(known, id));
  if (data === undefined) return error === undefined ? <Loading /> : <Problem error={error} />;
  const isCalm = data.links.every(({ code }) => calm.has(code));
  return (
    <Section title={isCalm ? 'Now' : 'Why it waits'}>
      <ol class={isCalm ? 'chain is-calm' : 'chain'}>
        {data.links.map((link, index) => (
          <Link key={`${index}-${link.subject}-${link.code}`} link={link} subject={data.subject} />
        ))}
      </ol>
      {data.isCut && <p class="note">There are further reasons, which are not shown.</p>}
    </Section>
  );
}

function isInChain(explanation: Explanation | undefined, id: string): boolean {
  return explanation?.links.some((link) => link.subject === id) ?? false;
}

function Link({ link, subject }: { readonly link: ExplanationLink; readonly subject: string }) {
  return (
    <li class={`link-of-chain depth-${Math.min(link.depth, 8)}`} data-code={link.code}>
      {link.subject !== subject && (
        <p class="chain-subject">
          <SubjectLink id={link.subject} />
        </p>
      )}
      <p>
        {shown(link.because, 400)}
        {link.since !== null && (
          <span class="muted">
            {' '}
            · <Time at={link.since} since={link.code !== 'ended'} />
          </span>
        )}
      </p>
      {link.remedy !== null && <p class="remedy">{shown(link.remedy, 400)}</p>}
    </li>
  );
}

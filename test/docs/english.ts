/** Finds phrases that readers of a second language stumble over: docs/contributing.md has the rules. */

export interface Phrase {
  readonly rule: string;
  readonly pattern: RegExp;
}

/** The start of a text or of a sentence. */
const start = String.raw`(?:^|[.!?:;]\s+|\n\s*\n)\s*`;

export const phrases: readonly Phrase[] = [
  {
    rule: 'a sentence begins with a noun, not with Who, What, Whoever or Those who',
    pattern: new RegExp(
      `${start}(?:Who|What|Whoever|Those who|Whatever)\\s+(?!if\\b|happens\\b.*\\?)[^?\\n]*?[.:;]`,
      'gm',
    ),
  },
  { rule: 'say "does not exist" or "there is no …", not "is none"', pattern: /\b(?:is|are|was|were) none\b/g },
  { rule: 'say "restarts" or "starts again"', pattern: /\bbeg(?:in|ins|an|un) anew\b/gi },
  { rule: 'say "goes on" as "continues"', pattern: /\bthat (?:one )?goes on\b/g },
  { rule: 'say "accepted" or "admitted"', pattern: /\blet in\b/g },
  { rule: 'say "notified" or "receives"', pattern: /\b(?:is|are|was|were|be) told\b|\bhears? of\b/g },
];

/** Of doc comments only. */
export const commentPhrases: readonly Phrase[] = [
  { rule: 'write "`undefined` if …"', pattern: /`(?:undefined|null|true|false)`:\s|\b(?:True|False): /g },
];

export function found(text: string, rules: readonly Phrase[]): string[] {
  return rules.flatMap(({ rule, pattern }) =>
    Array.from(text.matchAll(pattern), ([phrase]) => `${phrase.trim().slice(0, 90)} → ${rule}`),
  );
}

/** The prose of a page: no code, no tables of generated names. */
export function proseOf(page: string): string {
  return page
    .replaceAll(/<!-- generated: [\s\S]*?<!-- \/generated -->/g, '')
    .replaceAll(/```[\s\S]*?```/g, '')
    .replaceAll(/`[^`\n]*`/g, '`code`')
    .replaceAll(/^#+ .*$/gm, '');
}

/** The text of each comment of a file, without its stars. */
export function commentsOf(source: string): string[] {
  const blocks = Array.from(source.matchAll(/\/\*\*?([\s\S]*?)\*\//g), ([, body]) =>
    (body as string).replaceAll(/^\s*\* ?/gm, '').trim(),
  );
  const lines = Array.from(source.matchAll(/(?:^|\s)\/\/ (.*)$/gm), ([, line]) => line as string);
  return [...blocks, ...lines];
}

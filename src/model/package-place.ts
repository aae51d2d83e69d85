/**
 * The place of the compiled code of this package: the URL of its folder, with a slash at the end. `undefined` if a bundler has moved this
 * file, or if there is no `import.meta.url` (a bundle that is CommonJS). In the published package this file is a chunk of its own.
 */
export const packageCode = /\/(?:model|chunks)\/package-place\.[cm]?[jt]s$/.test(import.meta.url)
  ? new URL('../', import.meta.url).href
  : undefined;

/**
 * Amount of equal repetitions: few in `npm test`, many in `npm run test:long`, which runs each file that asks for an amount, and in the
 * continuous integration.
 */
export function amount({ usual, long }: { readonly usual: number; readonly long: number }): number {
  return process.env['DURABLE_TEST_LONG'] === '1' ? long : usual;
}

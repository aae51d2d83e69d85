/** A service. An abstract class, so that it is there at run time and can name what to inject. */
export abstract class PriceList {
  /** In cents; `undefined` for what is not sold here. */
  abstract priceOf(item: string): number | undefined;
}

export class FixedPrices extends PriceList {
  private readonly cents = new Map([
    ['kettle', 3500],
    ['lamp', 4900],
    ['piano', 990_000],
  ]);

  override priceOf(item: string): number | undefined {
    return this.cents.get(item);
  }
}

/** A service. It is an abstract class, which exists at run time, so that it can be injected by its type. */
export abstract class PriceList {
  /** The price in cents. `undefined` if the shop does not sell the article. */
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

import { defineOrchestration } from 'durable-entities';
import { Cart, ICart, type Line } from './cart.js';
import { IStock, Stock } from './stock.js';

export type Receipt =
  | { readonly lines: Line[]; readonly cents: number }
  | { readonly nothingInCart: true }
  | { readonly missing: string[] };

/** Takes the articles of the cart from the stock and pays for them, or leaves the cart as it is. */
export const checkout = defineOrchestration(
  'Checkout',
  async (context, { customer, shop }: { customer: string; shop: string }): Promise<Receipt> => {
    // Until the section ends, no other operation changes the cart or the stock.
    using _section = await context.lock([Cart, customer], [Stock, shop]);
    const cart = context.createEntityProxy(ICart, customer);
    const lines = await cart.lines();
    if (lines.length === 0) return { nothingInCart: true };
    const missing = await context.createEntityProxy(IStock, shop).take(lines);
    if (missing.length > 0) return { missing };
    const cents = await cart.total();
    await cart.empty();
    return { lines, cents };
  },
);

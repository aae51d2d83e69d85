export interface Order {
  readonly item: string;
  readonly cents: number;
  readonly card: string;
}

export type Outcome =
  { readonly shipped: true; readonly parcel: string } | { readonly shipped: false; readonly why: string };

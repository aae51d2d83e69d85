/**
 * The lease of a client's row, in ms. Retention marks a row as dead that has not moved for this long, or for the retention of workers and
 * clients if that is shorter. The client's next append makes a new row.
 */
export const clientLeaseMs = 3_600_000;

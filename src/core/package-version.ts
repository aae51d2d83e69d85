/** The version of this package, as in `package.json`. A worker writes it into its row. */
export const packageVersion = '0.1.0';

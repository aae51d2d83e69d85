/** The layout of tables. It is bundled into this file when the package is packed, so the published files need no package for it. */
import Table from 'cli-table3';

export { Table };

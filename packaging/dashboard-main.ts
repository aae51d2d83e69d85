/** Program of `npm run build:dashboard`. */
import { buildDashboard } from './dashboard.js';

if (await buildDashboard()) console.log('The dashboard is in dist/dashboard.');

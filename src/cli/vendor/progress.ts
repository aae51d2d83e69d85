/** The progress bar. It is bundled into this file when the package is packed, so the published files need no package for it. */
import progress from 'cli-progress';

export const { SingleBar } = progress;

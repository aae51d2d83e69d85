/** The width of a text on a terminal. It is bundled into this file when the package is packed, so the published files need no package for it. */
import stringWidth from 'string-width';

export { stringWidth };

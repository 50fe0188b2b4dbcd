/** The versions that package.json pins of what compiles the cells; a test holds them to it. */

/** Of tslab, whose build of TypeScript this is. */
export const TSLAB_VERSION = "1.0.22";

/** Of that TypeScript. */
export const TYPESCRIPT_VERSION = "5.0.4";

/** Which compiler the cells have, and the versions that package.json pins; a test holds them to it. */
import { setting } from "#host/settings";

/** Of tslab. */
export const TSLAB_VERSION = "1.0.22";

/** Of the TypeScript that compiles the cells: tslab's build where CHAINRULE_TYPESCRIPT says so. */
export const TYPESCRIPT_VERSION: string = setting("CHAINRULE_TYPESCRIPT") === "tslab" ? "5.0.4" : "6.0.3";

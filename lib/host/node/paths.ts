/** File names in the form of the machine's system. */
export { dirname, join, normalize, relative, resolve } from "node:path";

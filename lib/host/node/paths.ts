/** Names of files, as the machine's own system writes them. */
export { dirname, join, normalize, relative, resolve } from "node:path";

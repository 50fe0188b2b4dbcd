/** Values as text: Node's own. */
export { inspect } from "node:util";

/** Values as text: Node's `util.inspect`, which a package has taken out of Node. */
export { inspect } from "node-inspect-extracted";

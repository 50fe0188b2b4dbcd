/** Where V8's compiled code is kept from one start to the next. */
export { cacheFolder as codeCacheFolder } from "./cache-folder.js";

/**
 * Declarations that most first cells do not need, more than half of all. They are read when a cell names what they
 * declare or imports anything, or when nothing else is to be done: until then their files count as empty.
 */

/** Node's modules, with what lies in a folder of the same name: only an import or `require` leads to them. */
const MODULES = [
  "assert|async_hooks|child_process|cluster|constants|crypto|dgram|diagnostics_channel|dns|domain|events|fs|http|http2",
  "https|inspector|module|net|os|path|perf_hooks|process|punycode|querystring|readline|repl|sea|sqlite|stream",
  "string_decoder|test|tls|trace_events|tty|url|util|v8|vm|wasi|worker_threads|zlib",
].join("|");

/** Globals that these files declare, or whose types they declare. */
const GLOBALS = [
  "process|module|require|exports|__dirname|__filename|meta|ImportMeta|Require\\w*|Node(?:JS|Module|Require)\\w*",
  "(?:NonShared|AllowShared)?Buffer\\w*|Blob|File|atob|btoa|URL\\w*|TextEncoder|TextDecoder|_[A-Z]\\w*",
  "structuredClone|MessageChannel|MessagePort|MessageEvent\\w*|BroadcastChannel|performance|Performance\\w*|locks",
  "fetch|FormData|Headers|Request\\w*|Response\\w*|WebSocket\\w*|EventSource\\w*|CloseEvent\\w*|crypto|Crypto\\w*",
  "SubtleCrypto|\\w*Stream\\w*|\\w*QueuingStrategy|ReadableWritablePair|declare\\s+module",
  // Options of these are declared with `util` and `events`.
  "console\\s*\\.\\s*(?:dir|Console)|Console|addAbortListener",
].join("|");

/** Files of the language's own library, and what they declare. */
const LIBRARY = {
  files: ["esnext.temporal", "esnext.date", "\\w+.intl", "es2020.date", "es2020.number"],
  names: ["Temporal", "toTemporalInstant", "Intl", "toLocale\\w+", "localeCompare"],
};

const FILE = new RegExp(
  [
    `/@types/node/(?:${MODULES}|buffer(?:\\.buffer)?)(?:\\.generated|/\\w+)?\\.d\\.ts$`,
    "/@types/node/web-globals/(?:crypto|fetch|streams)\\.d\\.ts$",
    "/undici-types/[\\w-]+\\.d\\.ts$",
    `/lib\\.(?:${LIBRARY.files.join("|").replaceAll(".", "\\.")})\\.d\\.ts$`,
  ].join("|"),
);

const NAME = new RegExp(`\\b(?:${[GLOBALS, ...LIBRARY.names].join("|")})\\b`);

/** Whether a file is one that is read later. */
export const isReadLater = (file: string): boolean => FILE.test(file);

/** Whether code names something that such a file declares. */
export const namesLater = (code: string): boolean => NAME.test(code);

/**
 * The rules of the house, for dependency-cruiser: which room may import which, where Node may be touched, and that no
 * imports go in a circle. `test/house.test.ts` holds them and shows that each notices an offence;
 * `npx depcruise lib kernel` prints the offences too. Every exception has its reason, and one that nothing needs any
 * more fails the test, so that these lists only get shorter.
 */

/** What each room of lib may import, apart from itself: array → layers, losses, optim → engine → net → train. */
const libRooms = {
  host: [],
  array: [],
  signal: ["array"],
  formats: ["array"],
  layers: ["array"],
  losses: ["array", "layers"],
  optim: ["array", "layers"],
  engine: ["array", "layers", "losses", "optim"],
  display: ["array", "signal"],
  net: ["array", "layers", "losses", "engine", "display"],
  data: ["array", "signal", "formats", "display"],
  train: [
    ...["array", "layers", "losses", "optim", "engine", "net", "signal", "data", "formats", "display"],
    "widgets", // the controls of a live run
  ],
  check: ["array", "layers", "losses", "optim", "engine", "net", "display"],
  exchange: ["array", "layers", "losses", "optim", "engine", "net", "formats"],
  models: ["array", "layers", "losses", "optim", "engine", "net", "train", "data", "formats", "exchange"],
  vision: ["array", "signal", "layers", "losses", "optim", "engine", "net", "data", "display"],
  ad: ["array", "display"],
  widgets: ["array", "layers", "losses", "display"],
};

/**
 * Rooms of lib that may name any type, though they import none but the above: a picture may say what it is a picture
 * of, a file what it holds. A type costs nothing at run time.
 */
const mayNameTypes = ["display", "data", "formats"];

/** What each room of displays may import of the others; `display/index.ts` knows all. */
const displayRooms = {
  figure: [],
  filters: ["figure"],
  network: ["figure"],
  results: ["figure"],
  checks: ["figure"],
  plots: ["figure"],
  training: ["figure", "filters", "plots"],
};

/** What each room of the kernel may import, apart from itself; `cli.ts` knows all. */
const kernelRooms = {
  threads: [],
  charts: [],
  display: [],
  plugins: ["display"],
  magics: ["display", "plugins"],
  language: ["threads"],
  cells: ["display", "plugins", "magics", "language"],
  notebook: ["threads", "charts", "display", "language", "cells"],
  debugger: ["cells"],
  jupyter: ["threads", "display", "plugins", "magics", "language", "cells", "debugger"],
  setup: ["language", "jupyter"],
  grade: ["threads", "language", "cells", "notebook", "setup"],
  places: ["notebook", "grade"],
  server: ["threads", "language", "notebook", "jupyter", "setup", "grade"],
  site: ["threads", "language", "cells", "jupyter", "notebook", "setup", "grade", "server"],
};

/** Imports across rooms that the tables forbid. */
const roomExceptions = [
  {
    from: "lib/train/search/search.ts",
    to: "lib/rooms.ts",
    why: "The processes of a search give the whole library to the function that a cell wrote.",
  },
];

/** Where Node may be touched: rooms and files that are Node's by nature, on any host. */
const nodeByNature = [
  "^lib/host/node/",
  "^lib/(engine/(wasm|native)/build|widgets/front/(build|train-digits))\\.mjs$", // programs of the developer
  "^kernel/(setup|server|grade|places|debugger)/",
  "^kernel/site/(pack/|book/(command|leaves)\\.ts$|(command|serve)\\.ts$|build\\.mjs$)",
  "^kernel/cli\\.ts$",
  "^kernel/jupyter/(main|channels-thread|client|launch|pipe|sockets|wire)\\.ts$",
  "^kernel/notebook/(command|export|files|links)\\.ts$", // the commands run and export
  "^kernel/notebook/slides/(command|reveal)\\.ts$",
];

/** Files that touch Node although a browser needs them: each is to go behind lib/host. */
const nodeExceptions = [
  "kernel/notebook/math-style.ts",
  "kernel/notebook/time-limit-worker.ts",
  "kernel/notebook/time-limit.ts",
];

/** Circles in the emitted code that may stay, each by one file that it goes through. */
const emittedCircles = [];

/** Circles that are there for types alone, each by one file that it goes through. */
const typeCircles = [
  { through: "lib/net/summary.ts", why: "A network shows its own summary." },
  { through: "lib/ad/computation-graph.ts", why: "A variable shows the graph that it is part of." },
  { through: "lib/train/panel.ts", why: "A run shows its own panel." },
  {
    through: "lib/display/training/learning-rate-plot.ts",
    why: "The result of findLearningRate shows itself with the plot of it.",
  },
];

const exactly = (file) => `^${file.replace(/[.]/g, "\\$&")}$`;
const within = (folder) => `^${folder}/`;
/** A pattern for any of these; nothing matches the pattern for none. */
const anyOf = (patterns) => patterns.join("|") || "(?!)";
const files = (circles) => anyOf(circles.map(({ through }) => exactly(through)));
const isType = ["type-only"];

/** The types of the host, which every room may name; what a host does is reached by "#host/…" alone. */
const hostContract = "^lib/host/((kernel|place)-)?contract\\.ts$";

/** The rules of the rooms of one floor: what each may not import of the others. */
function oneWay(floor, rooms, typesToo = []) {
  const exceptions = roomExceptions.filter(({ from }) => from.startsWith(`${floor}/`));
  const ruleOf = (room, imports) => {
    const folder = within(`${floor}/${room}`);
    const rule = {
      name: `${floor}/${room}`,
      comment: `It may import ${imports.join(", ") || "no other room"} of ${floor}.`,
      severity: "error",
    };
    const may = [...[room, ...imports].map((one) => within(`${floor}/${one}`)), hostContract];
    const types = typesToo.includes(room) ? { dependencyTypesNot: isType } : {};
    return [
      {
        ...rule,
        from: { path: folder, pathNot: anyOf(exceptions.map(({ from }) => exactly(from))) },
        to: { path: within(floor), pathNot: may, ...types },
      },
      ...exceptions
        .filter(({ from }) => new RegExp(folder).test(from))
        .map(({ from, to }) => ({
          ...rule,
          from: { path: exactly(from) },
          to: { path: within(floor), pathNot: [...may, exactly(to)], ...types },
        })),
    ];
  };
  return [
    ...Object.entries(rooms).flatMap(([room, imports]) => ruleOf(room, imports)),
    {
      name: `${floor}: a room without a rule`,
      comment: "Say in .dependency-cruiser.js what the room may import.",
      severity: "error",
      from: {
        path: `^${floor}/[^/]+/`,
        pathNot: Object.keys(rooms).map((room) => within(`${floor}/${room}`)),
      },
      to: {},
    },
  ];
}

const contract = "^kernel/plugins/contract\\.ts$";

export default {
  forbidden: [
    ...oneWay("lib", libRooms, mayNameTypes),
    ...oneWay("lib/display", displayRooms),
    ...oneWay("kernel", kernelRooms),
    {
      name: "kernel imports lib",
      comment: "They meet in the display symbol, in a global `display`, and in the contract of plugins.",
      severity: "error",
      from: { path: "^kernel/" },
      to: { path: ["^(dist/)?lib/(?!host/)", "^chainrule(/|$)"] },
    },
    {
      name: "names a host",
      comment: "Import it as #host/…: package.json chooses between lib/host/node and lib/host/browser.",
      severity: "error",
      from: { path: "^(lib|kernel)/", pathNot: "^lib/host/" },
      to: { path: "^lib/host/", pathNot: hostContract },
    },
    {
      name: "a type of one host",
      comment: "Its types stand in lib/host/contract.ts, which is the same for both.",
      severity: "error",
      from: { path: "^(lib|kernel)/" },
      to: { path: "^dist/lib/host/", dependencyTypes: isType },
    },
    {
      name: "one host imports the other",
      severity: "error",
      from: { path: "^lib/host/(node|browser)/" },
      to: { path: "^lib/host/(node|browser)/", pathNot: "^lib/host/$1/" },
    },
    {
      name: "lib imports kernel",
      comment: "lib/plugin.ts alone names types of the contract of plugins.",
      severity: "error",
      from: { path: "^lib/", pathNot: "^lib/plugin\\.ts$" },
      to: { path: "^(dist/)?kernel/" },
    },
    {
      name: "lib/plugin.ts imports kernel",
      comment: "It names types of the contract of plugins, and nothing else.",
      severity: "error",
      from: { path: "^lib/plugin\\.ts$" },
      to: { path: "^(dist/)?kernel/", pathNot: contract },
    },
    {
      name: "lib/plugin.ts imports code of kernel",
      comment: "It names types of the contract of plugins, and nothing else.",
      severity: "error",
      from: { path: "^lib/plugin\\.ts$" },
      to: { path: contract, dependencyTypesNot: isType },
    },
    {
      name: "touches Node",
      comment: "What needs Node goes behind lib/host, so that the file runs in a browser too.",
      severity: "error",
      from: { path: "^(lib|kernel)/", pathNot: [...nodeByNature, ...nodeExceptions.map(exactly)] },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "a circle in the emitted code",
      comment: "Whichever of these files is loaded first finds the others half made.",
      severity: "error",
      from: {},
      to: {
        circular: true,
        viaOnly: { dependencyTypesNot: isType, pathNot: files(emittedCircles) },
      },
    },
    {
      name: "a circle of types",
      comment: "None of these files can be understood, or changed, without all the others.",
      severity: "error",
      from: {},
      to: {
        circular: true,
        viaOnly: { pathNot: files([...emittedCircles, ...typeCircles]) },
      },
    },
    {
      name: "a package of the developer's",
      comment: "devDependencies are not there where the package is installed.",
      severity: "error",
      from: {
        path: "^(lib|kernel)/",
        // What is bundled before the package is published needs them no more.
        pathNot: "^(lib/(engine/(wasm|native)|widgets/front)|kernel/site)/build\\.mjs$|^kernel/site/cell/",
      },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "npm-peer", "type-only"] },
    },
    {
      name: "found nowhere",
      severity: "error",
      from: { path: "^(lib|kernel)/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    // The front end is a package of its own, with its own packages and checks.
    exclude: { path: ["/assembly/", "^kernel/lab/"] },
    doNotFollow: { path: ["node_modules", "^dist/"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["node", "import", "require", "default"],
    },
  },
};

/** The exceptions as rules that forbid nothing: each must still find what it excepts. */
export const exceptions = [
  ...roomExceptions.map(({ from, to }) => ({
    name: `${from} imports ${to}`,
    from: { path: exactly(from) },
    to: { path: exactly(to) },
  })),
  ...nodeExceptions.map((file) => ({
    name: `${file} touches Node`,
    from: { path: exactly(file) },
    to: { dependencyTypes: ["core"] },
  })),
  ...[...emittedCircles, ...typeCircles].map(({ through }) => ({
    name: `a circle goes through ${through}`,
    from: {},
    to: { circular: true, via: exactly(through) },
  })),
].map((rule) => ({ ...rule, severity: "info" }));

/** What each room may import, by the folder that the rooms are in. */
export const rooms = { lib: libRooms, "lib/display": displayRooms, kernel: kernelRooms };

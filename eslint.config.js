import tseslint from "typescript-eslint";

/** What Node has and browsers have not. */
const nodesGlobals = [
  "process",
  "Buffer",
  "global",
  "setImmediate",
  "clearImmediate",
  "require",
  "__dirname",
  "__filename",
];
const behindTheHost =
  "A browser has no such thing: put what needs it into lib/host/node, and its like into lib/host/browser.";

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "build/",
      "lib/engine/wasm/assembly/",
      "coverage/",
      "node_modules/",
      "notebooks/",
      "test/fixtures/",
    ],
  },
  tseslint.configs.recommended,
  {
    rules: {
      eqeqeq: ["error", "always", { null: "ignore" }],
      "prefer-const": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    // Modules of Node are .dependency-cruiser.js's to find; these are there without an import.
    files: ["lib/**/*.ts"],
    ignores: ["lib/host/node/**"],
    rules: {
      "no-restricted-globals": ["error", ...nodesGlobals.map((name) => ({ name, message: behindTheHost }))],
      "no-restricted-syntax": [
        "error",
        {
          selector: `MemberExpression[property.name=/^(${nodesGlobals.join("|")}|getBuiltinModule)$/]`,
          message: behindTheHost,
        },
      ],
    },
  },
);

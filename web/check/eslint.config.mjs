// What eslint holds the scripts of the pages to. Form is prettier's business.
import { createRequire } from "node:module";
import { join } from "node:path";

// The tools live in a cache folder outside of the tree; see check.sh.
const require = createRequire(
  join(process.env.DOCKERMATE_WEB_TOOLS ?? import.meta.dirname, "package.json"),
);
const globals = require("globals");
const js = require("@eslint/js");

export default [
  js.configs.recommended,
  {
    files: ["js/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // Control characters are what a terminal's escape sequences are made of.
      "no-control-regex": "off",
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-shadow": "error",
      "no-self-compare": "error",
      "no-promise-executor-return": "off",
      "no-unmodified-loop-condition": "error",
      "no-template-curly-in-string": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "What comes from outside is text." },
        { property: "outerHTML", message: "What comes from outside is text." },
        { property: "dangerouslySetInnerHTML", message: "What comes from outside is text." },
      ],
    },
  },
  { files: ["check/**/*.mjs"], languageOptions: { globals: globals.node } },
];

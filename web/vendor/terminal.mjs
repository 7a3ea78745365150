// Bundles the terminal. Two things in it do not pass our Content-Security-Policy as they are:
// the style elements that it makes have no nonce, and it writes style attributes as text.
// Invariant: each place is changed exactly as often as it is known to stand there, or the build fails.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const CHANGES = [
  [/\b([\w.]+)\.createElement\("style"\)/g, 'styleElement($1)', 3],
  [/(\w)\.setAttribute\("style",`\$\{\1\.getAttribute\("style"\)\|\|""\}\$\{(\w)\};`\)/g, '$1.style.cssText+=`;${$2};`', 1],
];
const ADDED = `
let nonce = "";
function styleElement(owner) { const element = owner.createElement("style"); element.nonce = nonce; return element; }
export function styleNonce(value) { nonce = value; }
`;

const patch = {
  name: "policy",
  setup(bundle) {
    bundle.onLoad({ filter: /@xterm\/xterm\/lib\/xterm\.mjs$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const [pattern, by, times] of CHANGES) {
        const found = contents.match(pattern)?.length ?? 0;
        if (found !== times) throw new Error(`${pattern}: ${found} places instead of ${times}`);
        contents = contents.replace(pattern, by);
      }
      if (/innerHTML|outerHTML|insertAdjacentHTML|document\.write/.test(contents)) throw new Error("it writes HTML, which Trusted Types forbid");
      return { contents: contents + ADDED, loader: "js" };
    });
  },
};

await build({
  entryPoints: ["entry/terminal.mjs"], outfile: "terminal.js", bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none", plugins: [patch],
});
await build({ entryPoints: ["node_modules/@xterm/xterm/css/xterm.css"], outfile: "terminal.css", minify: true, legalComments: "none" });

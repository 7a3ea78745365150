// Writes what is bundled, in which version and under which licence.
import { readFileSync, writeFileSync } from "node:fs";

const names = ["preact", "@preact/signals", "@preact/signals-core", "htm", "lucide-static", "@xterm/xterm", "@xterm/addon-fit", "uplot"];
const parts = names.map((name) => {
  const { version, license, homepage } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trimEnd();
  return `${name} ${version}, ${license}${homepage ? `, ${homepage}` : ""}\n\n${text}\n`;
});
writeFileSync(process.argv[2], parts.join(`\n${"-".repeat(78)}\n\n`));

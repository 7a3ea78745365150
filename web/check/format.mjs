// Formats the web files with prettier, templates of htm included: a template is turned into JSX, which
// prettier knows, and back. htm and JSX trim white space by the same rule, so nothing changes on a page.
// `node format.mjs` says which files differ and fails; `node format.mjs --write` writes them.
// Invariant: formatting what is formatted changes nothing.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createRequire } from "node:module";

// The tools live in a cache folder outside of the tree; see check.sh.
const require = createRequire(
  join(process.env.DOCKERMATE_WEB_TOOLS ?? import.meta.dirname, "package.json"),
);
const { parse } = require("@babel/parser");
const prettier = require("prettier");

const ROOT = join(import.meta.dirname, "..");
/** `${` is a column longer than `{`, so templates are given a little less than 110. */
const WIDTH = { ".js": 108, ".mjs": 108, ".css": 110 };

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name === "node_modules") continue;
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

function walk(node, visit) {
  if (!node || typeof node.type !== "string") return;
  if (visit(node) === false) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "loc" || key === "extra" || key.endsWith("Comments")) continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (child && typeof child === "object") walk(child, visit);
  }
}

/** The source with the outermost nodes that `pick` takes replaced by what `replace` makes of them. */
function rewrite(source, node, pick, replace) {
  const edits = [];
  walk(node, (inner) => {
    if (!pick(inner)) return true;
    edits.push(replace(inner));
    return false;
  });
  let text = "";
  let at = node.start;
  for (const [start, end, made] of edits.sort((a, b) => a[0] - b[0])) {
    text += source.slice(at, start) + made;
    at = end;
  }
  return text + source.slice(at, node.end);
}

const program = (source) =>
  parse(source, { sourceType: "module", plugins: ["jsx"], createParenthesizedExpressions: false }).program;
const isTemplate = (node) => node.type === "TaggedTemplateExpression" && node.tag.name === "html";
const isJsx = (node) => node.type === "JSXElement" || node.type === "JSXFragment";

/** htm to JSX: one pass over the pieces of a template, as htm itself reads them. */
function templateToJsx(source, node) {
  const { quasis, expressions } = node.quasi;
  let out = "";
  let mode = "text";
  let quote = "";
  let depth = 0;
  let roots = 0;
  let text = "";
  const endText = () => {
    // White space at an end counts where it holds no line break.
    if (depth === 0 && (text.trim() || (text && !text.includes("\n")))) roots += 2;
    out += text.replace(/[{}>]/g, (sign) => `{"${sign}"}`);
    text = "";
  };
  quasis.forEach((quasi, index) => {
    const raw = quasi.value.raw;
    if (raw.includes("\\")) throw new Error(`an escape in a template: ${raw}`);
    for (let at = 0; at < raw.length; at += 1) {
      const sign = raw[at];
      if (mode === "text") {
        if (sign !== "<") {
          text += sign;
          continue;
        }
        endText();
        mode = "tag";
        if (raw[at + 1] === "/") depth -= 1;
        else {
          if (depth === 0) roots += 1;
          depth += 1;
        }
        out += sign;
      } else if (quote) {
        if (sign === quote) quote = "";
        out += sign;
      } else if (sign === '"' || sign === "'") {
        quote = sign;
        out += sign;
      } else {
        if (sign === ">") mode = "text";
        if (sign === "/" && raw[at + 1] === ">") depth -= 1;
        out += sign;
      }
    }
    if (index === expressions.length) return;
    const inner = emitJsx(source, expressions[index]);
    if (mode === "text") {
      endText();
      if (depth === 0) roots += 2;
      out += `{${inner}}`;
    } else if (quote) throw new Error(`an expression within quotes: ${out.slice(-40)}`);
    else if (out.endsWith("<") || out.endsWith("</")) {
      if (!/^([A-Z]\w*|\w+(\.\w+)+)$/.test(inner)) throw new Error(`not a name of a component: ${inner}`);
      out += inner;
    } else if (out.endsWith("...")) out = `${out.slice(0, -3)}{...${inner}}`;
    else if (out.endsWith("=")) out += `{${inner}}`;
    else throw new Error(`an expression between attributes: ${out.slice(-40)}`);
  });
  endText();
  if (depth !== 0 || mode !== "text")
    throw new Error(`a template that does not close: ${out.slice(0, 80)}`);
  return roots === 1 ? `(${out.trim()})` : `(<>${out}</>)`;
}

const emitJsx = (source, node) =>
  rewrite(source, node, isTemplate, (inner) => [inner.start, inner.end, templateToJsx(source, inner)]);

/** JSX to htm, without the parentheses that prettier puts around what takes several lines. */
function jsxToTemplate(source, node) {
  let { start, end } = node;
  if (node.extra?.parenthesized && /^\(\s*$/.test(source.slice(node.extra.parenStart, start))) {
    start = node.extra.parenStart;
    end = source.indexOf(")", end) + 1;
  }
  const isFragment = node.type === "JSXFragment";
  const inner = isFragment
    ? node.children.map((child) => emitNode(source, child)).join("")
    : emitNode(source, node);
  const before = isFragment ? "" : source.slice(start, node.start).replace("(", "");
  const after = isFragment ? "" : source.slice(node.end, end).replace(")", "");
  return [start, end, `html\`${before}${inner}${after}\``];
}

function emitNode(source, node) {
  switch (node.type) {
    case "JSXText":
      return source.slice(node.start, node.end);
    case "JSXExpressionContainer":
      return `\${${emitHtm(source, node.expression)}}`;
    case "JSXElement": {
      const { openingElement: open, closingElement: close, children } = node;
      let text = "<";
      let at = open.name.end;
      const name = source.slice(open.name.start, at);
      const tag = /^[A-Z]|\./.test(name) ? `\${${name}}` : name;
      text += tag;
      for (const attribute of open.attributes) {
        text += source.slice(at, attribute.start) + emitAttribute(source, attribute);
        at = attribute.end;
      }
      text += source.slice(at, open.end);
      for (const child of children) text += emitNode(source, child);
      return close ? `${text}</${tag}>` : text;
    }
    default:
      throw new Error(`no template can hold ${node.type}`);
  }
}

function emitAttribute(source, node) {
  if (node.type === "JSXSpreadAttribute") return `...\${${emitHtm(source, node.argument)}}`;
  if (node.value?.type !== "JSXExpressionContainer") return source.slice(node.start, node.end);
  return `${source.slice(node.name.start, node.name.end)}=\${${emitHtm(source, node.value.expression)}}`;
}

/** A container keeps the white space and comments around its expression. */
const emitHtm = (source, node) => rewrite(source, node, isJsx, (inner) => jsxToTemplate(source, inner));

async function format(path, source) {
  const end = path.slice(path.lastIndexOf("."));
  const options = { printWidth: WIDTH[end] };
  if (end === ".css") return prettier.format(source, { ...options, parser: "css" });
  const jsx = await prettier.format(emitJsx(source, whole(source)), { ...options, parser: "babel" });
  return emitHtm(jsx, whole(jsx));
}

/** The program as a node that covers the whole file, comments at both ends included. */
const whole = (source) => ({ ...program(source), start: 0, end: source.length });

const write = process.argv.includes("--write");
let differ = 0;
for (const folder of ["js", "css", "check"]) {
  for (const path of files(join(ROOT, folder))) {
    if (!/\.(js|mjs|css)$/.test(path)) continue;
    const source = readFileSync(path, "utf8");
    let made;
    try {
      made = await format(path, source);
      if ((await format(path, made)) !== made) throw new Error("formatting twice gives something else");
    } catch (cause) {
      console.error(`${relative(ROOT, path)}: ${cause.message}`);
      differ += 1;
      continue;
    }
    if (made === source) continue;
    if (write) writeFileSync(path, made);
    else {
      console.error(`${relative(ROOT, path)}: not formatted; sh web/check.sh --write does it`);
      differ += 1;
    }
  }
}
process.exit(differ === 0 ? 0 : 1);

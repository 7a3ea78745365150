// @ts-check
// Reads a .env file as people write them: comments, export, quotes, values over several lines.
// Pure. Invariant: every line is either in the variables, ignored by rule, or in the problems with its number.

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const ESCAPES = { n: "\n", r: "\r", t: "\t" };

/** A quoted value from `at` (behind the quote) to its end: [value, position behind the quote], or null. */
function quoted(text, at, quote) {
  let value = "";
  for (let i = at; i < text.length; i += 1) {
    const c = text[i];
    if (c === quote) return [value, i + 1];
    if (c === "\\" && quote === '"' && i + 1 < text.length) {
      i += 1;
      value += ESCAPES[text[i]] ?? ('"\\$`'.includes(text[i]) ? text[i] : `\\${text[i]}`);
    } else value += c;
  }
  return null;
}

/** {variables: [{name, value, line}], problems: [{line, message}], notes: [{line, message}]} */
export function parseEnv(source) {
  const text = source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const found = new Map();
  const problems = [];
  const notes = [];
  let at = 0;
  let line = 0;
  while (at < text.length) {
    line += 1;
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    const here = line;
    const raw = text.slice(at, end);
    const rest = raw.replace(/^\s*(export\s+)?/, "");
    const start = at + raw.length - rest.length;
    at = end + 1;
    if (rest.trim() === "" || rest.startsWith("#")) continue;
    const equals = rest.indexOf("=");
    const name = (equals < 0 ? rest : rest.slice(0, equals)).trim();
    if (equals < 0) {
      const yaml = /^([\w.-]+)\s*:/.exec(rest);
      problems.push({
        line: here,
        message: yaml
          ? `“${yaml[1]}:” is written as in YAML. Write ${yaml[1]}=value.`
          : `An = is missing after “${name.slice(0, 40)}”.`,
      });
      continue;
    }
    if (!NAME.test(name)) {
      problems.push({
        line: here,
        message: name
          ? `“${name.slice(0, 40)}” is not a name: letters, digits and _, not beginning with a digit.`
          : "The name before the = is missing.",
      });
      continue;
    }
    let from = start + equals + 1;
    while (text[from] === " " || text[from] === "\t") from += 1;
    const quote = text[from];
    let value;
    if (quote === '"' || quote === "'") {
      const read = quoted(text, from + 1, quote);
      if (!read) {
        problems.push({ line: here, message: `The quote ${quote} opened here is not closed.` });
        continue;
      }
      let behind;
      [value, behind] = read;
      end = text.indexOf("\n", behind);
      if (end < 0) end = text.length;
      const tail = text.slice(behind, end).trim();
      line += text.slice(start, behind).split("\n").length - 1;
      at = end + 1;
      if (tail && !tail.startsWith("#")) {
        problems.push({
          line,
          message: `Unexpected text after the closing quote: “${tail.slice(0, 40)}”.`,
        });
        continue;
      }
    } else {
      value = text
        .slice(from, end)
        .replace(/(^|\s+)#.*$/, "")
        .trim();
    }
    if (quote !== "'" && /\$\{?[A-Za-z_]/.test(value))
      notes.push({
        line: here,
        message: `${name} refers to another variable. It is used literally, without substitution.`,
      });
    if (found.has(name))
      notes.push({ line: here, message: `${name} is listed twice; the last one is used.` });
    found.delete(name);
    found.set(name, { name, value, line: here });
  }
  return { variables: [...found.values()], problems, notes };
}

const WORDS = new Set(
  "PASSWORD PASSWD PASS PWD PW PASSPHRASE SECRET SECRETS TOKEN TOKENS KEY KEYS APIKEY CREDENTIAL CREDENTIALS AUTH DSN SALT PRIVATE".split(
    " ",
  ),
);

/** Whether a name or value looks like a secret, as the server guesses it. */
export function looksSecret(name, value = "") {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter(Boolean);
  if (
    /:\/\/[^/?#\s"']*:[^/?#\s"']+@/.test(value) ||
    (value.includes("-----BEGIN") && value.includes("PRIVATE KEY"))
  )
    return true;
  if (/^(FILE|PATH|DIR)$/.test(words.at(-1) ?? "")) return false;
  return words.some(
    (word) => WORDS.has(word) || /(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|APIKEY)$/.test(word),
  );
}

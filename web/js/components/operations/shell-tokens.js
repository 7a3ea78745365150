// @ts-check
// The parts of a shell command, each with the class of its colour. Pure.
// Invariant: the tokens stand in the order of the text and do not overlap; what lies between has no colour.

/** Of `docker`: these are followed by another subcommand. */
const GROUPS = new Set(
  "builder buildx compose config container context image manifest network node plugin secret service stack swarm system trust volume".split(
    " ",
  ),
);
const KEYWORDS = new Set(
  "if then elif else fi for in do done while until case esac function { } ! [ ]".split(" "),
);
/** These run the command that follows. */
const PREFIXES = new Set(["sudo", "exec", "env", "time", "command"]);
const ENGINES = new Set(["docker", "podman", "docker-compose"]);
/** Flags without a value; of the others the next word is one. */
const SWITCHES =
  /^(-[dit]+|-[afq]+|--(detach|interactive|tty|rm|privileged|init|read-only|no-healthcheck|oom-kill-disable|publish-all|quiet|all|force|volumes|follow|timestamps|no-trunc|latest|no-stream|no-deps|build|wait|dry-run))$/;

const PART = /(\s+|\\\n)|(&&|\|\||[|;&()<>]+)|((?:'[^']*'|"(?:[^"\\]|\\.)*"|\\[^\n]|[^\s|;&()<>'"\\])+)/gy;

/**
 * Of a word: quoted pieces are strings, `$NAME` a variable, the rest as it is.
 * @param {string} word
 * @param {number} at where it stands
 * @param {string} kind the class of the rest
 * @param {Array<[number, number, string]>} into
 */
function pieces(word, at, kind, into) {
  for (const { 0: text, index } of word.matchAll(
    /'[^']*'|"(?:[^"\\]|\\.)*"|\\[^]|\$\{[^}]*\}|\$\w+|(?:[^'"$\\]|\$(?![\w{]))+/g,
  )) {
    const own = /^['"\\]/.test(text) ? "s" : /^\$[\w{]/.test(text) ? "n" : kind;
    if (own) into.push([at + index, at + index + text.length, own]);
  }
}

/**
 * p program, k subcommand or keyword, f flag, v value, s string, n variable, o operator, c comment.
 * @param {string} text
 * @returns {Array<[number, number, string]>} start, end, class
 */
export function tokens(text) {
  const found = /** @type {Array<[number, number, string]>} */ ([]);
  let program = "";
  let subcommands = 0;
  let awaits = false;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const at = PART.lastIndex;
    // To the end of the line, where a word would begin.
    if (text[at] === "#" && (at === 0 || /[\s;(]/.test(text[at - 1]))) {
      const end = text.indexOf("\n", at);
      PART.lastIndex = end < 0 ? text.length : end;
      found.push([at, PART.lastIndex, "c"]);
      continue;
    }
    const part = PART.exec(text);
    if (!part) {
      PART.lastIndex = at + 1;
      continue;
    }
    const [all, blank, operator, word] = part;
    if (blank) {
      if (all.includes("\n") && text[at - 1] !== "\\" && !all.startsWith("\\")) program = "";
    } else if (operator) {
      found.push([at, at + all.length, "o"]);
      if (!/[<>]/.test(operator)) program = "";
      awaits = false;
    } else if (!program) {
      awaits = false;
      const name = /^\w+(?==)/.exec(word)?.[0];
      if (name) {
        found.push([at, at + name.length, "n"]);
        pieces(word.slice(name.length), at + name.length, "", found);
      } else if (KEYWORDS.has(word)) found.push([at, at + word.length, "k"]);
      else {
        found.push([at, at + word.length, "p"]);
        if (!PREFIXES.has(word)) program = word;
        subcommands = ENGINES.has(word) ? 1 : 0;
      }
    } else if (/^--?[A-Za-z]/.test(word)) {
      const [flag] = /** @type {RegExpExecArray} */ (/^--?[\w-]+/.exec(word));
      found.push([at, at + flag.length, "f"]);
      pieces(word.slice(flag.length), at + flag.length, "v", found);
      awaits = flag === word && !SWITCHES.test(word);
    } else if (subcommands > 0 && !awaits && /^[a-z-]+$/.test(word)) {
      found.push([at, at + word.length, "k"]);
      if (!GROUPS.has(word)) subcommands = 0;
    } else {
      pieces(word, at, awaits ? "v" : "", found);
      awaits = false;
    }
  }
  return found;
}

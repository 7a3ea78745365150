// @ts-check
// The form as it stood, kept for a reload in the tab's own storage.
// Invariant: no value whose name or form looks like a secret is ever kept.
import { FIELDS } from "./fields.js";
import { looksSecret } from "./env-file.js";

const TABLES = ["env", ...Object.keys(FIELDS).filter((key) => FIELDS[key][0] === "pairs")];
const address = (page) => `form:${page}`;

/** Secrets are left out: "same" where they are as before, "lost" where they must be typed again. */
function withoutSecrets(draft, base) {
  const out = { ...draft };
  for (const key of TABLES) {
    out[key] = draft[key].map(([name, value]) => {
      if (!value || !looksSecret(name, value)) return [name, value];
      return [
        name,
        { secret: base[key].some(([other, was]) => other === name && was === value) ? "same" : "lost" },
      ];
    });
  }
  return out;
}

export function keep(page, base, state) {
  try {
    sessionStorage.setItem(
      address(page),
      JSON.stringify({
        base: fingerprint(base),
        options: state.options,
        draft: withoutSecrets(state.draft, base),
        open: state.open,
        answers: state.answers && answersWithoutSecrets(state.answers, state.template),
      }),
    );
  } catch {
    // A full or forbidden storage costs only what a reload would have saved.
  }
}

/** Answers to a template's questions; those that are secret are asked for again. */
function answersWithoutSecrets(answers, template) {
  const secret = new Set((template?.variables ?? []).filter((q) => q.secret).map((q) => q.name));
  const variables = Object.entries(answers.variables).filter(
    ([name, value]) => !secret.has(name) && !looksSecret(name, value ?? ""),
  );
  return { ...answers, variables: Object.fromEntries(variables) };
}

export const forget = (page) => sessionStorage.removeItem(address(page));

/** {draft, options, open, answers, lost: names} or null; a draft of something that has changed since is nothing. */
export function kept(page, base) {
  try {
    const {
      base: of,
      options,
      draft,
      open = [],
      answers = null,
    } = JSON.parse(sessionStorage.getItem(address(page)) ?? "null") ?? {};
    if (!draft || of !== fingerprint(base)) return null;
    const lost = [];
    for (const key of TABLES) {
      draft[key] = draft[key].map(([name, value]) => {
        if (value === null || typeof value !== "object") return [name, value];
        const was = base[key].find(([other]) => other === name);
        if (value.secret === "same" && was) return [...was];
        lost.push(name);
        return [name, ""];
      });
    }
    return { draft: { ...base, ...draft }, options, open, answers, lost };
  } catch {
    return null;
  }
}

/** Tells one form's beginning from another without keeping what stands in it. */
function fingerprint(base) {
  let hash = 0;
  for (const c of JSON.stringify(base)) hash = (Math.imul(hash, 31) + c.codePointAt(0)) | 0;
  return hash;
}

// @ts-check
// The rules of a password, tried while it is typed. The server has the last word. Pure.

const COMMON = /^(password|passwort|qwert[yz]|letmein|welcome|admin|dockermate|iloveyou|12345)/i;

/** The rules that can be told here; null for those that only the server knows. */
export function checkRule(id, password) {
  if (/len/.test(id)) return [...password].length >= 12;
  if (/upper/.test(id)) return /\p{Lu}/u.test(password);
  if (/lower/.test(id)) return /\p{Ll}/u.test(password);
  if (/digit|number/.test(id)) return /\p{Nd}/u.test(password);
  if (/special|symbol/.test(id)) return /[^\p{L}\p{N}\s]/u.test(password);
  if (/common|known/.test(id)) return password.length > 0 && !COMMON.test(password);
  return null;
}

/** 0 to 4, a guess from length and variety until the server answers. */
export function guessScore(password) {
  const kinds = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{N}]/u].filter((k) => k.test(password)).length;
  const different = new Set(password).size;
  if (password.length === 0) return 0;
  if (password.length < 8 || different < 5 || COMMON.test(password)) return 1;
  const bits = different * Math.log2(10 + kinds * 20) * 0.6 + password.length;
  return bits < 45 ? 1 : bits < 60 ? 2 : bits < 80 ? 3 : 4;
}

export const WORDS = ["", "weak", "fair", "good", "strong"];

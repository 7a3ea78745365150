// @ts-check
// Amounts of memory as the command line writes them. Pure functions.

const UNITS = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** "512m", "1.5 GB", "-1": bytes, or null when it cannot be read. */
export function parseBytes(text) {
  const words = /^(-1|\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(String(text).trim());
  if (!words) return null;
  return words[1] === "-1" ? -1 : Math.round(Number(words[1]) * UNITS[words[2].toLowerCase() || "b"]);
}

/** The shortest that says exactly the same: 536870912 is "512m". */
export function bytesWord(value) {
  if (value === undefined || value === null) return "";
  if (value < 0) return "-1";
  for (const unit of ["t", "g", "m", "k"])
    if (value >= UNITS[unit] && value % UNITS[unit] === 0) return `${value / UNITS[unit]}${unit}`;
  return String(value);
}

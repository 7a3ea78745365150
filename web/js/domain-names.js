// @ts-check
// Domain names as a person types them, as certificates carry them.

/** Apart at commas and spaces, international names in their ASCII form (xn--). */
export function domainNames(text) {
  return text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(ascii);
}

function ascii(name) {
  if (/^[ -~]*$/.test(name)) return name;
  try {
    return new URL(`https://${name}`).hostname;
  } catch {
    return name;
  }
}

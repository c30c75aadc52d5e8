/** What a musician typed as an address. Pure. Used by `instrument-menu.ts`. */

/** The whole address, or null if it can be none. `https://` may be left out. */
export function parseAddress(text: string): string | null {
  const typed = text.trim();
  if (typed === '' || /\s/.test(typed)) return null;
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
  if (!URL.canParse(withScheme)) return null;
  const { protocol, hostname, href } = new URL(withScheme);
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  // A single word is a slip, unless it is the machine itself.
  return hostname.includes('.') || hostname === 'localhost' || hostname.startsWith('[') ? href : null;
}

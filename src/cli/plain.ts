/**
 * Text that others wrote (titles, branch names, messages) must not control the terminal: escape sequences would recolour, retitle or rewrite the screen,
 * and direction overrides would show something other than what is stored.
 */

// C0 and C1 controls and DEL; line and paragraph separators; the directional formatting characters.
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;
/** Most text is. */
const HARMLESS = /^[\u0020-\u007E]*$/;
const LINE_BREAK = /\r\n|[\n\r\u2028\u2029]/g;
/** What we emit ourselves: `ESC [ … m`. */
const STYLE_OR_UNSAFE = /\u001B\[[0-9;]*m|[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** One harmless line: line breaks and tabs become spaces, control characters become their pictures (ESC is shown as ␛). */
export function plainLine(text: string): string {
  if (HARMLESS.test(text)) return text;
  return text.replaceAll(LINE_BREAK, " ").replaceAll("\t", " ").replaceAll(UNSAFE, picture);
}

/** Harmless text of several lines: line breaks and tabs stay. */
export function plainText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(UNSAFE, (char) => (char === "\n" || char === "\t" ? char : picture(char)));
}

/** The last line of defence, for text that carries our own colours: everything but colours, line breaks and tabs is made harmless. */
export function keepStyles(text: string): string {
  return text.replaceAll(STYLE_OR_UNSAFE, (match) => (match.length > 1 || match === "\t" ? match : picture(match)));
}

function picture(char: string): string {
  const code = char.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\uFFFD";
}

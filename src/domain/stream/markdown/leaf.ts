/** What begins and ends code blocks, HTML blocks, lists and rules; each test is given a line without its indent. */

export interface Fence {
  char: "`" | "~";
  length: number;
}

/** The code block that begins with the line, if one does. */
export function openFence(rest: string): Fence | undefined {
  const [, backticks, tildes] = /^(?:(`{3,})[^`]*|(~{3,}).*)$/.exec(rest) ?? [];
  if (backticks !== undefined) return { char: "`", length: backticks.length };
  return tildes === undefined ? undefined : { char: "~", length: tildes.length };
}

/** Whether the line ends such a code block. */
export function closesFence(rest: string, { char, length }: Fence): boolean {
  const marks = rest.trimEnd();
  return marks.length >= length && marks === char.repeat(marks.length);
}

export interface HtmlBlock {
  comment: boolean;
  /** Whether the block ends on a line. */
  ends: (rest: string) => boolean;
}

const RAW = /^<(?:script|pre|style|textarea)(?:[\s>]|$)/i;
const BLOCK =
  /^<\/?(?:address|article|aside|blockquote|body|center|details|dialog|dd|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|nav|ol|optgroup|option|p|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[\s/>]|$)/i;
const ANY_TAG =
  /^<(?:[a-z][\w-]*(?:\s+[\w:.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s*\/?|\/[a-z][\w-]*\s*)>\s*$/i;

/** A tag alone on its line begins a block only where no paragraph is going on. */
export function openHtml(rest: string, inParagraph: boolean): HtmlBlock | undefined {
  if (!rest.startsWith("<")) return undefined;
  if (rest.startsWith("<!--")) return { comment: true, ends: (line) => line.includes("-->") };
  if (rest.startsWith("<?")) return { comment: false, ends: (line) => line.includes("?>") };
  if (rest.startsWith("<![CDATA[")) return { comment: false, ends: (line) => line.includes("]]>") };
  if (/^<![a-z]/i.test(rest)) return { comment: false, ends: (line) => line.includes(">") };
  if (RAW.test(rest)) return { comment: false, ends: (line) => /<\/(?:script|pre|style|textarea)>/i.test(line) };
  if (BLOCK.test(rest) || (!inParagraph && ANY_TAG.test(rest))) return { comment: false, ends: (line) => line === "" };
  return undefined;
}

/** Whether the line begins HTML that ends a paragraph. */
export function isHtmlStart(rest: string): boolean {
  return openHtml(rest, true) !== undefined;
}

/** `---`, `* * *`, `___`. */
export function isRule(rest: string): boolean {
  return /^(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/.test(rest);
}

/** The mark of a list item. `interrupts`: whether a list can begin right under a paragraph with it. */
export function matchMarker(rest: string): { length: number; interrupts: boolean } | undefined {
  const [, marker] = /^([-*+]|\d{1,9}[.)])(?:[ \t]|$)/.exec(rest) ?? [];
  if (marker === undefined) return undefined;
  return { length: marker.length, interrupts: marker.length === 1 || Number.parseInt(marker, 10) === 1 };
}

/**
 * How many columns of a terminal a text takes. Own code, since the measuring library that the prompts bring cuts inside clusters (a letter and its
 * combining mark, or the parts of an emoji), and counts zero-width spaces.
 */

/** Letters of one column each, with our own colour sequences between them. */
const SIMPLE = /^[\u0020-\u007E\u00A0-\u00AC\u00AE-\u02FF]*$/;
const STYLE = /\u001B\[[0-9;]*m/g;
/** Made when first needed: the bundler writes them as calls of `RegExp`, since older nodes do not know all of their properties, and those take half a millisecond. */
const ZERO = lazily(() => /^(?:\p{Mn}|\p{Me}|\p{Cf}|\p{Default_Ignorable_Code_Point}|[\u1160-\u11FF])$/u);
const EMOJI = lazily(() => /\p{Emoji_Presentation}|\p{Emoji}\uFE0F|[\u{1F1E6}-\u{1F1FF}]{2}/u);

/** East Asian wide and fullwidth ranges that are not emoji (those have a property of their own), from EastAsianWidth.txt. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cd5],
  [0x1aff0, 0x1b2fb],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

let segmenter: Intl.Segmenter | undefined;

/** Columns that `text` takes; our own colour sequences take none. The text has no other control characters (`plainLine`). */
export function textWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  const bare = text.replaceAll(STYLE, "");
  let width = 0;
  for (const cluster of clusters(bare)) width += clusterWidth(cluster);
  return width;
}

/** The text itself if it fits into `limit` columns, else its beginning and `…`. For text without colours: cut first, colour then. */
export function cutText(text: string, limit: number): string {
  if (textWidth(text) <= limit) return text;
  if (limit <= 0) return "";
  if (SIMPLE.test(text)) return `${text.slice(0, limit - 1)}…`;
  let kept = "";
  let width = 0;
  for (const cluster of clusters(text)) {
    width += clusterWidth(cluster);
    if (width > limit - 1) break;
    kept += cluster;
  }
  return `${kept}…`;
}

/** The text with spaces after it (or before it) up to `width` columns. */
export function padText(text: string, width: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, width - textWidth(text)));
  return align === "left" ? text + space : space + text;
}

function* clusters(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Terminals add up the characters of a cluster, except for emoji. */
function clusterWidth(cluster: string): number {
  if (EMOJI().test(cluster)) return 2;
  let width = 0;
  for (const char of cluster) {
    if (ZERO().test(char)) continue;
    const code = char.codePointAt(0) ?? 0;
    width += WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
  }
  return width;
}

function lazily(make: () => RegExp): () => RegExp {
  let made: RegExp | undefined;
  return () => (made ??= make());
}

/** Ids: eight characters of base32, and the prefixes of them that people type. */
import { IncrError } from "./error.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const ID_LENGTH = 8;
/** How many candidates an error message spells out; its data has them all. */
const NAMED_CANDIDATES = 10;

/**
 * The id that belongs to a hash: the first 40 bits of `digest` (a SHA-256, at least 5 bytes) as eight characters of lower-case base32. The digest of
 * `todo-123` gives `eo7eckct`.
 */
export function base32Id(digest: Uint8Array): string {
  let bits = 0n;
  for (const byte of digest.subarray(0, 5)) bits = (bits << 8n) | BigInt(byte);
  let id = "";
  for (let n = 0; n < ID_LENGTH; n += 1) {
    id = ALPHABET.charAt(Number(bits & 31n)) + id;
    bits >>= 5n;
  }
  return id;
}

/**
 * How many characters of each id are enough to name it among the others, letter case ignored: one more than it shares with either of its neighbours in
 * sorted order, at most its own length.
 */
export function shortestUniquePrefixes(ids: Iterable<string>): Map<string, number> {
  const sorted = [...new Set(ids)]
    .map((id) => ({ id, folded: id.toLowerCase() }))
    .toSorted((a, b) => (a.folded < b.folded ? -1 : 1));
  const lengths = new Map<string, number>();
  for (const [index, { id, folded }] of sorted.entries()) {
    const shared = Math.max(
      commonPrefix(folded, sorted[index - 1]?.folded ?? ""),
      commonPrefix(folded, sorted[index + 1]?.folded ?? ""),
    );
    lengths.set(id, Math.min(shared + 1, id.length));
  }
  return lengths;
}

export type PrefixMatch =
  | { kind: "one"; id: string; candidates: string[] }
  | { kind: "none"; candidates: [] }
  | { kind: "many"; candidates: string[] };

/**
 * Finds what `text` names among `ids`: the very id, else the id that differs only in letter case, else the only one that starts with it. `candidates`
 * are all that fit, sorted. Empty text names nothing.
 */
export function matchPrefix(ids: Iterable<string>, text: string): PrefixMatch {
  if (text === "") return { kind: "none", candidates: [] };
  const wanted = text.toLowerCase();
  const candidates = [...new Set(ids)].filter((id) => id.toLowerCase().startsWith(wanted)).toSorted();
  if (candidates.includes(text)) return { kind: "one", id: text, candidates: [text] };
  const folded = candidates.filter((id) => id.length === text.length);
  const [id] = folded.length === 1 ? folded : candidates;
  if (id === undefined) return { kind: "none", candidates: [] };
  if (folded.length === 1 || candidates.length === 1) return { kind: "one", id, candidates: [id] };
  return { kind: "many", candidates };
}

/**
 * The value of the entry whose id `text` names (see `matchPrefix`). `noun` is the word for such a thing in messages; `lookUp` is the command that
 * shows what there is, for the hint: `incr <noun> list` unless it is called otherwise.
 * Errors: `invalid_input` for empty text, `not_found`, `ambiguous` (the candidates are in its data).
 */
export function requireByPrefix<T>(
  entries: Iterable<readonly [id: string, value: T]>,
  text: string,
  noun: string,
  lookUp = `incr ${noun} list`,
): T {
  const all = [...entries];
  const ids = all.map(([id]) => id);
  if (text === "") throw new IncrError("invalid_input", `the ${noun} id is empty`, { hint: lookUp });
  const match = matchPrefix(ids, text);
  if (match.kind === "none")
    throw new IncrError("not_found", `no ${noun} "${text}"`, { hint: lookUp, data: { id: text } });
  const [entry, ...more] = match.kind === "one" ? all.filter(([id]) => id === match.id) : [];
  if (entry !== undefined && more.length === 0) return entry[1];
  throw ambiguous(match.candidates, ids, text, noun);
}

function ambiguous(candidates: string[], ids: string[], text: string, noun: string): IncrError {
  const named = candidates.slice(0, NAMED_CANDIDATES).join(", ");
  const rest = candidates.length > NAMED_CANDIDATES ? `, and ${candidates.length - NAMED_CANDIDATES} more` : "";
  const lengths = shortestUniquePrefixes(ids);
  const enough = candidates.slice(0, 2).map((id) => id.slice(0, lengths.get(id)));
  return new IncrError("ambiguous", `"${text}" is the start of more than one ${noun}: ${named}${rest}`, {
    hint: enough.length > 1 ? `type more of it, such as ${enough.join(" or ")}` : "name the repository too",
    data: { id: text, candidates },
  });
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}

/** What a template leaves to be filled in. */
import type { Line } from "../markdown/scan.ts";

/** `{{fill in: what it is for}}`: in no plan by accident, so that one that still holds it was not written yet. */
export function placeholder(what: string): string {
  return `{{fill in: ${what}}}`;
}

const OURS = /\{\{fill in: [^{}]*\}\}/g;
/** A whole name or line such as `[Stage name]`, `<name>`, `TBD`: what other templates leave. */
const NAME = /^(?:\[[^\]]+\]|<[^>]+>|\{\{[^}]+\}\}|tbd\.?|todo\.?|\.\.\.|…|(?:stage|batch|thread) name)$/i;
const LINE = /^(?:\[(?![ xX]\])[^\]]+\]|tbd\.?|todo\.?)$/i;

/** What every placeholder in a text has: most lines have none of it. */
const MAYBE = /\{\{|^[^\w]*(?:\*\*(?:Summary|Details):\*\*[ \t]*)?(?:\[|tbd|todo)/i;

interface Found {
  offset: number;
  placeholder: string;
  severity: "error" | "warning";
}

/** The placeholders in the text of a line, code spans left aside. */
export function findPlaceholders(text: string, { kind, depth }: Pick<Line, "kind" | "depth">): Found[] {
  if (!MAYBE.test(text) && !(kind === "heading" && depth === 0)) return [];
  const plain = text.replaceAll(/(`+)(?!`)[^`]*\1(?!`)/g, (code) => " ".repeat(code.length));
  const ours = [...plain.matchAll(OURS)].map((match) => ({
    offset: match.index,
    placeholder: match[0],
    severity: "error" as const,
  }));
  if (ours.length > 0) return ours;
  if (kind === "heading" && depth === 0) {
    const [, before = "", name = ""] =
      /^(#+[ \t]+(?:(?:Stage|Batch|Thread)[ \t]+\d+|Plan)[ \t]*:[ \t]*)(.*)$/i.exec(plain) ?? [];
    return NAME.test(name.trim())
      ? [{ offset: before.length, placeholder: `"${name.trim()}"`, severity: "error" }]
      : [];
  }
  const body = plain.replace(/^\*\*(?:Summary|Details):\*\*[ \t]*/, (label) => " ".repeat(label.length));
  const words = body.trim();
  return LINE.test(words) ? [{ offset: body.indexOf(words), placeholder: `"${words}"`, severity: "warning" }] : [];
}

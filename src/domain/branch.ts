/** Names of the branches that incr makes, and of the refs that keep rescued work. */

/** `incr/<todo-id>-<slug>`; a further attempt gets `-2`, `-3`, …. `taken` are the existing branch names. */
export function sessionBranch(todoId: string, title: string, taken: ReadonlySet<string>): string {
  const slug = slugOfTitle(title);
  const stem = `incr/${todoId}${slug === "" ? "" : `-${slug}`}`;
  if (!taken.has(stem)) return stem;
  for (let attempt = 2; ; attempt++) {
    const name = `${stem}-${attempt}`;
    if (!taken.has(name)) return name;
  }
}

/** At most 40 characters of `[a-z0-9-]`, cut between words; accents are dropped, other letters are left out. */
export function slugOfTitle(title: string): string {
  const words = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\u0300-\u036f'’]/g, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  let slug = "";
  for (const word of words) {
    const longer = slug === "" ? word : `${slug}-${word}`;
    if (longer.length > 40) break;
    slug = longer;
  }
  return slug === "" ? (words[0] ?? "").slice(0, 40) : slug;
}

export const RESCUE_PREFIX = "refs/incr/rescue/";
/** Rescues whose content was brought back; kept until somebody drops them, but they need no attention. */
export const RESTORED_PREFIX = "refs/incr/restored/";

/**
 * `refs/incr/rescue/ws-001/20260107T143000.123Z-k3xq`: UTC, without the colons that ref names refuse, and four random characters so that two rescues in
 * one millisecond differ.
 */
export function rescueRef(workspace: string, now: Date, random4: string): string {
  return `${RESCUE_PREFIX}${workspace}/${now.toISOString().replaceAll(/[-:]/g, "")}-${random4}`;
}

/** The name that people type: the ref without its prefix. */
export function rescueName(ref: string): string {
  return ref.startsWith(RESTORED_PREFIX) ? ref.slice(RESTORED_PREFIX.length) : ref.slice(RESCUE_PREFIX.length);
}

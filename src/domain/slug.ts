/** Repository slugs: the short name of a repository in keys, paths and tables. */

/** The slug of a path that has no usable character, such as `/` or a name in another alphabet. */
const FALLBACK = "repo";

/**
 * Turns the absolute path of a repository into its slug, as the shared state format does: `~/` expanded, one leading `/` stripped, lower case, `/` and
 * space become `-`, all but `[a-z0-9-]` dropped, runs of `-` squeezed, `-` trimmed at both ends. `/Users/test/My Project` gives `users-test-my-project`.
 * An empty result gives `repo`. Two paths can give one slug: see `freeSlug`.
 */
export function sanitizeRepoName(path: string, homeDir?: string): string {
  const absolute = homeDir === undefined ? path : expandHome(path, homeDir);
  const slug = absolute
    .replace(/^\//, "")
    .toLowerCase()
    .replace(/[/ ]/g, "-")
    .replace(/[^a-z0-9-]/g, "")
    .replace(/-+/g, "-")
    .replace(/^-|-$/g, "");
  return slug === "" ? FALLBACK : slug;
}

/** `wanted`, else the first of `wanted-2`, `wanted-3`, … that is not taken. */
export function freeSlug(wanted: string, isTaken: (slug: string) => boolean): string {
  let slug = wanted;
  for (let n = 2; isTaken(slug); n += 1) slug = `${wanted}-${n}`;
  return slug;
}

/** The path with a leading `~` replaced by the home directory. */
export function expandHome(path: string, homeDir: string): string {
  return path === "~" || path.startsWith("~/") ? homeDir + path.slice(1) : path;
}

/** What installing something into a folder, and taking it out again, does to each file: a plan as data, shown before it is carried out. */
import * as v from "valibot";
import { notedEntriesSchema, type PlannedEntry } from "./install-entries.ts";

/** A file as it is to be. */
export interface WantedFile {
  /** Relative to the folder that is installed into, with `/` between folders. */
  path: string;
  text: string;
  /** Whether it can be run. */
  executable?: boolean;
}

/**
 * - `create`, `update`, `remove`: what is going to happen
 * - `unchanged`: it is as it should be
 * - `foreign`: not put there by us, or changed since; it is left alone
 */
export type FileAction = "create" | "update" | "remove" | "unchanged" | "foreign";

export interface PlannedFile {
  path: string;
  action: FileAction;
  /** Of a file that is somebody else's too: what happens to the entries of ours in it. */
  entries?: PlannedEntry[];
}

const relativePath = v.pipe(
  v.string(),
  v.check((path) => !path.startsWith("/") && !path.split("/").includes(".."), "leads out of the folder"),
);

/** What was installed, kept beside it: by this, later installs know the user's files from ours. */
export const manifestSchema = v.looseObject({
  /** Version of incr. */
  version: v.string(),
  /** Path → hash of the text that was written. */
  files: v.record(relativePath, v.string()),
  /** Folders that had to be made, the outermost first. */
  folders: v.array(relativePath),
  /** Path → what was put into a file that is somebody else's too. */
  entries: v.optional(v.record(relativePath, notedEntriesSchema)),
});
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** Gives the hash of the file at a path, null if there is none. */
export type HashAt = (path: string) => string | null;

/**
 * Plans what makes a folder hold the wanted files, sorted by path. Files of an earlier version that are wanted no more are removed.
 * @param wanted path → hash
 * @param force foreign files are replaced
 */
export function planInstall(
  wanted: ReadonlyMap<string, string>,
  manifest: Manifest | null,
  hashAt: HashAt,
  { force = false } = {},
): PlannedFile[] {
  const before = ownHashes(manifest);
  const actionFor = (path: string, hash: string): FileAction => {
    const present = hashAt(path);
    if (present === null) return "create";
    if (present === hash) return "unchanged";
    return force || present === before.get(path) ? "update" : "foreign";
  };
  const planned = [...wanted].map(([path, hash]) => ({ path, action: actionFor(path, hash) }));
  const dropped = [...before].filter(([path]) => !wanted.has(path));
  return [...planned, ...planRemoval(dropped, hashAt)].toSorted(byPath);
}

/** Plans how to take out what was installed: exactly the files that still are as they were put there. Files that are gone already are not in the plan. */
export function planUninstall(manifest: Manifest | null, hashAt: HashAt): PlannedFile[] {
  return planRemoval([...ownHashes(manifest)], hashAt).toSorted(byPath);
}

function planRemoval(files: readonly (readonly [path: string, hash: string])[], hashAt: HashAt): PlannedFile[] {
  return files.flatMap(([path, hash]) => {
    const present = hashAt(path);
    return present === null ? [] : [{ path, action: present === hash ? ("remove" as const) : ("foreign" as const) }];
  });
}

function ownHashes(manifest: Manifest | null): Map<string, string> {
  return new Map(Object.entries(manifest?.files ?? {}));
}

function byPath(a: PlannedFile, b: PlannedFile): number {
  return a.path < b.path ? -1 : 1;
}

/** Putting files of ours into somebody's folder and taking them out again. Computing the plan and carrying it out are apart, so that it can be shown first. */
import { dirname } from "node:path";
import { IncrError } from "../../domain/error.ts";
import type { WantedEntries } from "../../domain/install-entries.ts";
import {
  planInstall,
  planUninstall,
  type FileAction,
  type Manifest,
  type PlannedFile,
  type WantedFile,
} from "../../domain/install.ts";
import type { InstallFolder } from "../../ports/install.ts";
import { applyChange, changeEntries, notedEntries, plannedChange, removeAllEntries } from "./entries.ts";

/** Something that can be installed. */
export interface InstallTarget {
  /** What `incr install` calls it. */
  name: string;
  /** Flags without which `incr install` would mean another place, ` --user`. */
  flags?: string;
  /** What it is, for messages: `the session skill`. */
  title: string;
  /** Where in the folder it is noted what was installed. */
  manifest: string;
  /** Notes of what may be installed beside it, in folders that only one of them had to make. */
  beside?: readonly string[];
  files: readonly WantedFile[];
  /** What is to stand in files that are somebody else's too. */
  entries?: readonly WantedEntries[];
}

export interface InstallPlan {
  target: string;
  /** Absolute path of the folder. */
  root: string;
  /** The note of what was installed is one of them. */
  files: PlannedFile[];
  /** Whether carrying it out would change anything. */
  changes: boolean;
}

/** @throws IncrError `unsafe` if it would replace files that are not ours and `force` is not given; `corrupt`, `io` */
export function planInstallation(
  folder: InstallFolder,
  target: InstallTarget,
  { force = false }: { force?: boolean } = {},
): InstallPlan {
  const manifest = folder.readManifest(target.manifest);
  const wanted = hashes(folder, target);
  const files = planInstall(wanted, manifest, (path) => folder.hashAt(path), { force });
  const blocking = files.filter(({ path, action }) => action === "foreign" && wanted.has(path));
  if (blocking.length > 0) throw inTheWay(folder, target, blocking);
  const changed = changeEntries(folder, target.entries ?? [], manifest, { force });
  const noted =
    manifest !== null &&
    sameFiles(manifest.files, Object.fromEntries(wanted)) &&
    JSON.stringify({ entries: manifest.entries }) === JSON.stringify(notedEntries(changed));
  return plan(
    folder,
    target,
    [...files, ...changed.flatMap(plannedChange)],
    manifest === null ? "create" : noted ? "unchanged" : "update",
  );
}

/**
 * Carries out what `planInstallation` gave. A crash on the way leaves nothing that a second run would not finish.
 * @param force as it was for the plan
 * @throws IncrError `config`, `io`
 */
export function install(
  folder: InstallFolder,
  target: InstallTarget,
  { files }: InstallPlan,
  { version, force = false }: { version: string; force?: boolean },
): void {
  const wanted = new Map(target.files.map((file) => [file.path, file]));
  const manifest = folder.readManifest(target.manifest);
  const changed = changeEntries(folder, target.entries ?? [], manifest, { force });
  const folders = new Set([
    ...(manifest?.folders ?? []),
    ...sharedFolders(folder, target),
    ...folder.makeFolder(dirname(target.manifest)),
  ]);
  const write = (path: string, text: string, options?: { executable?: boolean }) => {
    for (const made of folder.write(path, text, options)) folders.add(made);
  };
  for (const { path, action, entries } of files.filter(({ path }) => path !== target.manifest)) {
    const file = wanted.get(path);
    if (file !== undefined && WRITES.includes(action)) write(path, file.text, file);
    if (action === "remove" && entries === undefined) folder.remove(path);
  }
  const noted: Manifest = {
    version,
    files: Object.fromEntries(hashes(folder, target)),
    // A folder sorts before what is in it
    folders: [...folders].toSorted(),
    ...notedEntries(changed),
  };
  // After the files: until then what is there counts as before, or as what is wanted. Before the entries: only this tells what was made for them
  const note = files.find(({ path }) => path === target.manifest);
  if (note !== undefined && WRITES.includes(note.action)) write(note.path, `${JSON.stringify(noted, null, 2)}\n`);
  for (const file of changed) applyChange(folder, file);
}

/** Folders above ours that were made for what is installed beside it, which cannot remove them if it goes first. */
function sharedFolders(folder: InstallFolder, { beside = [], files, manifest }: InstallTarget): string[] {
  const paths = [...files.map(({ path }) => path), manifest];
  return beside
    .flatMap((note) => folder.readManifest(note)?.folders ?? [])
    .filter((made) => paths.some((path) => path.startsWith(`${made}/`)));
}

/** What taking it out would do; nothing if it is not installed. @throws IncrError `corrupt`, `io` */
export function planUninstallation(
  folder: InstallFolder,
  target: Pick<InstallTarget, "name" | "manifest">,
): InstallPlan {
  const manifest = folder.readManifest(target.manifest);
  const files = planUninstall(manifest, (path) => folder.hashAt(path));
  const changed = removeAllEntries(folder, manifest).flatMap(plannedChange);
  return plan(folder, target, [...files, ...changed], manifest === null ? undefined : "remove");
}

/**
 * Carries out what `planUninstallation` gave: removes the files and entries that are as we put them there, and the folders that we made, if nothing else is
 * in them.
 */
export function uninstall(
  folder: InstallFolder,
  target: Pick<InstallTarget, "manifest">,
  { files }: InstallPlan,
): void {
  const manifest = folder.readManifest(target.manifest);
  const folders = manifest?.folders ?? [];
  for (const file of removeAllEntries(folder, manifest)) applyChange(folder, file);
  const removed = files
    .filter(({ action, entries }) => action === "remove" && entries === undefined)
    .map(({ path }) => path);
  for (const path of removed.filter((path) => path !== target.manifest)) folder.remove(path);
  if (removed.includes(target.manifest)) folder.remove(target.manifest);
  for (const made of folders.toReversed()) folder.removeFolder(made);
}

function plan(
  { root }: InstallFolder,
  { name, manifest }: Pick<InstallTarget, "name" | "manifest">,
  others: readonly PlannedFile[],
  note: FileAction | undefined,
): InstallPlan {
  const files = note === undefined ? [...others] : [...others, { path: manifest, action: note }];
  return { target: name, root, files, changes: files.some(({ action }) => CHANGES.includes(action)) };
}

const WRITES: readonly FileAction[] = ["create", "update"];
const CHANGES: readonly FileAction[] = [...WRITES, "remove"];

function hashes(folder: InstallFolder, { files }: InstallTarget): Map<string, string> {
  return new Map(
    files.map(({ path, text }) => [path, folder.hash(text)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function sameFiles(a: Record<string, string>, b: Record<string, string>): boolean {
  const paths = Object.keys(a);
  return paths.length === Object.keys(b).length && paths.every((path) => a[path] === b[path]);
}

function inTheWay(
  folder: InstallFolder,
  { name, flags = "" }: InstallTarget,
  blocking: readonly PlannedFile[],
): IncrError {
  const paths = blocking.map(({ path }) => path);
  const which = paths.length === 1 ? `${paths[0]} is` : `${paths[0]} and ${paths.length - 1} more are`;
  return new IncrError("unsafe", `${which} in the way: not from incr, or changed since`, {
    hint: `incr install ${name}${flags} --force`,
    data: { root: folder.root, foreign: paths },
  });
}

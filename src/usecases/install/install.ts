/** Putting files of ours into somebody's folder and taking them out again. Computing the plan and carrying it out are apart, so that it can be shown first. */
import { IncrError } from "../../domain/error.ts";
import {
  planInstall,
  planUninstall,
  type FileAction,
  type Manifest,
  type PlannedFile,
  type WantedFile,
} from "../../domain/install.ts";
import type { InstallFolder } from "../../ports/install.ts";

/** Something that can be installed. */
export interface InstallTarget {
  /** What `incr install` calls it. */
  name: string;
  /** What it is, for messages: `the session skill`. */
  title: string;
  /** Where in the folder it is noted what was installed. */
  manifest: string;
  files: readonly WantedFile[];
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
  const noted = manifest !== null && sameFiles(manifest.files, Object.fromEntries(wanted));
  return plan(folder, target, files, manifest === null ? "create" : noted ? "unchanged" : "update");
}

/** Carries out what `planInstallation` gave. A crash on the way leaves nothing that a second run would not finish. @throws IncrError `io` */
export function install(folder: InstallFolder, target: InstallTarget, { files }: InstallPlan, version: string): void {
  const texts = new Map(target.files.map(({ path, text }) => [path, text]));
  const folders = new Set(folder.readManifest(target.manifest)?.folders);
  const write = (path: string, text: string) => {
    for (const made of folder.write(path, text)) folders.add(made);
  };
  const apply = ({ path, action }: PlannedFile, text: () => string) => {
    if (action === "create" || action === "update") write(path, text());
    if (action === "remove") folder.remove(path);
  };
  for (const file of files) if (file.path !== target.manifest) apply(file, () => texts.get(file.path) ?? "");
  const noted: Manifest = { version, files: Object.fromEntries(hashes(folder, target)), folders: [...folders] };
  // Last: until then what is there counts as before, or as what is wanted
  for (const file of files) if (file.path === target.manifest) apply(file, () => `${JSON.stringify(noted, null, 2)}\n`);
}

/** What taking it out would do; nothing if it is not installed. @throws IncrError `corrupt`, `io` */
export function planUninstallation(
  folder: InstallFolder,
  target: Pick<InstallTarget, "name" | "manifest">,
): InstallPlan {
  const manifest = folder.readManifest(target.manifest);
  const files = planUninstall(manifest, (path) => folder.hashAt(path));
  return plan(folder, target, files, manifest === null ? undefined : "remove");
}

/** Carries out what `planUninstallation` gave: removes the files that are as we put them there, and the folders that we made, if nothing else is in them. */
export function uninstall(
  folder: InstallFolder,
  target: Pick<InstallTarget, "manifest">,
  { files }: InstallPlan,
): void {
  const folders = folder.readManifest(target.manifest)?.folders ?? [];
  const removed = files.filter(({ action }) => action === "remove").map(({ path }) => path);
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

const CHANGES: readonly FileAction[] = ["create", "update", "remove"];

function hashes(folder: InstallFolder, { files }: InstallTarget): Map<string, string> {
  return new Map(
    files.map(({ path, text }) => [path, folder.hash(text)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function sameFiles(a: Record<string, string>, b: Record<string, string>): boolean {
  const paths = Object.keys(a);
  return paths.length === Object.keys(b).length && paths.every((path) => a[path] === b[path]);
}

function inTheWay(folder: InstallFolder, { name }: InstallTarget, blocking: readonly PlannedFile[]): IncrError {
  const paths = blocking.map(({ path }) => path);
  const which = paths.length === 1 ? `${paths[0]} is` : `${paths[0]} and ${paths.length - 1} more are`;
  return new IncrError("unsafe", `${which} in the way: not from incr, or changed since`, {
    hint: `incr install ${name} --force`,
    data: { root: folder.root, foreign: paths },
  });
}

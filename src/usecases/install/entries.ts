/** The part of an installation that stands in files of somebody else. */
import { IncrError } from "../../domain/error.ts";
import {
  addEntries,
  removeEntries,
  UnreadableJson,
  type EntriesChange,
  type NotedEntries,
  type WantedEntries,
} from "../../domain/install-entries.ts";
import type { FileAction, Manifest, PlannedFile } from "../../domain/install.ts";
import type { InstallFolder } from "../../ports/install.ts";

/** A file with entries of ours, as it is and as it is to be. */
export interface ChangedFile extends Omit<EntriesChange, "noted"> {
  path: string;
  before: string | null;
  /** Null: nothing of ours is to be in it any more. */
  noted: NotedEntries | null;
}

/** What makes the folder's files hold the wanted entries, and no others of ours. @throws IncrError `config` if one cannot be read, `io` */
export function changeEntries(
  folder: InstallFolder,
  wanted: readonly WantedEntries[],
  manifest: Manifest | null,
  { force }: { force: boolean },
): ChangedFile[] {
  const noted = manifest?.entries ?? {};
  const added = wanted.map(({ path, entries }) =>
    changeFile(folder, path, (text) => addEntries(text, entries, noted[path], { force })),
  );
  const dropped = Object.entries(noted).filter(([path]) => !wanted.some((one) => one.path === path));
  return [...added, ...dropped.map(([path, entries]) => removeFrom(folder, path, entries))];
}

/** What takes all of them out again. Errors: the same. */
export function removeAllEntries(folder: InstallFolder, manifest: Manifest | null): ChangedFile[] {
  return Object.entries(manifest?.entries ?? {}).map(([path, noted]) => removeFrom(folder, path, noted));
}

/** Carries a change out. @throws IncrError `io` */
export function applyChange(folder: InstallFolder, { path, before, text }: ChangedFile): void {
  if (text === before) return;
  if (text === null) folder.remove(path);
  else folder.write(path, text);
}

/** Such a change as part of a plan; none if there is nothing of ours. */
export function plannedChange({ path, before, text, entries }: ChangedFile): PlannedFile[] {
  return entries.length === 0 ? [] : [{ path, action: actionFor(before, text, entries), entries }];
}

/** What is to be noted of them. */
export function notedEntries(changed: readonly ChangedFile[]): Pick<Manifest, "entries"> {
  const noted = changed.flatMap(({ path, noted }) => (noted === null ? [] : [[path, noted] as const]));
  return noted.length === 0 ? {} : { entries: Object.fromEntries(noted) };
}

function removeFrom(folder: InstallFolder, path: string, noted: NotedEntries): ChangedFile {
  return changeFile(folder, path, (text) => ({ ...removeEntries(text, noted), noted: null }));
}

/** An agent that cannot read its settings does not use them either: somebody has to look at the file first. */
function changeFile(
  folder: InstallFolder,
  path: string,
  change: (text: string | null) => Omit<ChangedFile, "path" | "before">,
): ChangedFile {
  const before = folder.readText(path);
  try {
    return { path, before, ...change(before) };
  } catch (error) {
    if (!(error instanceof UnreadableJson)) throw error;
    const file = `${folder.root}/${path}`;
    throw new IncrError("config", `${file} ${error.message}`, {
      hint: "repair it, then run this again; nothing was changed",
      data: { path: file },
      cause: error,
    });
  }
}

function actionFor(before: string | null, text: string | null, entries: EntriesChange["entries"]): FileAction {
  if (text !== before) return before === null ? "create" : text === null ? "remove" : "update";
  return entries.some(({ action }) => action === "foreign") ? "foreign" : "unchanged";
}

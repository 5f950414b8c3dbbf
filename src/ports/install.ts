import type { Manifest } from "../domain/install.ts";

/** A folder that something is installed into. Paths are relative to it, with `/` between folders. Errors of all: `io`. */
export interface InstallFolder {
  /** Absolute. */
  readonly root: string;
  hash(text: string): string;
  /** Hash of the file's content, null if there is no file. */
  hashAt(path: string): string | null;
  /** The file's content, null if there is no file. Errors: `config` too, if it is not UTF-8. */
  readText(path: string): string | null;
  /** Writes a file whole; returns the folders that had to be made for it, the outermost first. */
  write(path: string, text: string, options?: { executable?: boolean }): string[];
  /** Makes a folder; returns those that were not there, the outermost first. */
  makeFolder(path: string): string[];
  /** One that is not there is fine. */
  remove(path: string): void;
  /** Removes the folder unless something is in it. */
  removeFolder(path: string): void;
  /** Null if there is none. Errors: `corrupt` too. */
  readManifest(path: string): Manifest | null;
}

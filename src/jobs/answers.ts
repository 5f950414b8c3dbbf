/** The files in which agents answer. They are in a folder that agents can write to, so nothing about them is taken for granted. */
import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { AnswerFile } from "../ports/jobs.ts";

/** No answer is longer; whoever writes more has written something else. */
const LONGEST = 1024 * 1024;

/** Null if there is none; a link, a folder or a file that is far too large is none. @throws IncrError `io` */
export function readAnswer(folder: string, name: AnswerFile): string | null {
  const path = join(folder, name);
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true || found.size > LONGEST) return null;
    return readFileSync(path, "utf8");
  } catch (error) {
    throw refusal("read", path, error);
  }
}

/** @throws IncrError `io` */
export function writeAnswer(folder: string, name: AnswerFile, text: string): void {
  const path = join(folder, name);
  try {
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    throw refusal("write", path, error);
  }
}

/** @throws IncrError `io` */
export function removeAnswer(folder: string, name: AnswerFile): void {
  const path = join(folder, name);
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    throw refusal("remove", path, error);
  }
}

function refusal(verb: string, path: string, error: unknown): IncrError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new IncrError("io", `cannot ${verb} ${path}: ${code ?? message}`, { data: { path }, cause: error });
}

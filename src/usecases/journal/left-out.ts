import { IncrError } from "../../domain/error.ts";
import type { JournalApp } from "./change.ts";

/** Tells of a part that cannot be read and gives something instead of it: one damaged file must not hide the others. */
export function leaveOut<T>({ notify }: Pick<JournalApp, "notify">, error: unknown, instead: T): T {
  if (!(error instanceof IncrError)) throw error;
  notify({ code: "left_out", message: error.message, data: { ...error.data, code: error.code } });
  return instead;
}

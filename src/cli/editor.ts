/**
 * Writing text in the user's editor. What was typed is never lost: the draft is a file that survives a failing editor, a refused text and the death of
 * this process; it goes away when its text has arrived where it belongs.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { Draft, Drafts } from "../ports/drafts.ts";
import { ChildStartError, runChild } from "../process/child.ts";
import type { Context } from "./context.ts";
import { stateFolder } from "./folders.ts";

/** Drafts in the state folder, edited with `$VISUAL` or `$EDITOR`. `flag` is how the text can be given without an editor: `--description TEXT`. */
export function editorDrafts(ctx: Context, flag: string): Drafts {
  return {
    async edit(name, text) {
      const editor = chooseEditor(ctx, flag);
      const path = await writeDraft(ctx, name, text);
      const failure = await openEditor(ctx, editor, path);
      if (failure !== undefined) throw await refuse(path, text, editor, failure);
      return { path, text: await readFile(path, "utf8"), discard: () => rm(path, { force: true }) } satisfies Draft;
    },
    read: (path) => readDraft(ctx, resolve(ctx.cwd, path)),
  };
}

function chooseEditor(ctx: Context, flag: string): string {
  const editor = ctx.env["VISUAL"] || ctx.env["EDITOR"];
  if (editor) return editor;
  // vi without a terminal would hang or garble.
  if (ctx.interactive) return "vi";
  const hint = `give the text with ${flag}, or set EDITOR`;
  throw new IncrError("needs_answer", "there is no terminal to edit on", { hint, data: { flag } });
}

async function writeDraft(ctx: Context, name: string, text: string): Promise<string> {
  const folder = draftFolder(ctx);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let number = 1; ; number++) {
    const path = join(folder, `${name}${number === 1 ? "" : `-${number}`}.md`);
    try {
      await writeFile(path, text, { flag: "wx", mode: 0o600 });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Waits for the editor to end; returns what went wrong. `EDITOR` may hold arguments (`code --wait`), so a shell reads it, as git does. */
async function openEditor(ctx: Context, editor: string, draft: string): Promise<string | undefined> {
  // The terminal's Ctrl-C is for the editor; if it ended us, the two would fight for the terminal.
  process.on("SIGINT", ignore).on("SIGQUIT", ignore);
  try {
    // The trap is for the shell alone, which would otherwise end of Ctrl-C too. Where stdout is no terminal it is for the answer.
    const line = `trap : INT QUIT; ${editor} "$@"${ctx.stdout.isTTY ? "" : " 1>&2"}`;
    const { code, signal } = await runChild("sh", ["-c", line, editor, draft], {
      cwd: ctx.cwd,
      env: { ...ctx.env },
      stdio: "inherit",
    });
    if (code === 0) return undefined;
    return code === null ? `was ended by ${signal}` : `ended with ${code}`;
  } catch (error) {
    if (error instanceof ChildStartError) return `could not be started: ${error.message}`;
    throw error;
  } finally {
    process.off("SIGINT", ignore).off("SIGQUIT", ignore);
  }
}

function ignore(): void {}

/** A draft in which something was typed stays and is named. */
async function refuse(path: string, offered: string, editor: string, failure: string): Promise<IncrError> {
  const typed = (await readFile(path, "utf8").catch(() => "")) !== offered;
  if (!typed) await rm(path, { force: true });
  const message = `the editor \`${editor}\` ${failure}, nothing was changed${typed ? `; what you wrote is in ${path}` : ""}`;
  const hint = typed ? `go on with --draft ${path}` : "set EDITOR to one that works";
  return new IncrError("command_failed", message, { hint, data: { editor, ...(typed ? { draft: path } : {}) } });
}

async function readDraft(ctx: Context, path: string): Promise<Draft> {
  try {
    const text = await readFile(path, "utf8");
    // A file of the user's own is only read.
    const discard = async () => (dirname(path) === draftFolder(ctx) ? await rm(path, { force: true }) : undefined);
    return { path, text, discard };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new IncrError("not_found", `there is no draft ${path}`, { hint: `ls ${dirname(path)}`, cause: error });
    throw new IncrError("io", `cannot read the draft ${path}: ${code}`, { hint: `ls -l ${path}`, cause: error });
  }
}

function draftFolder(ctx: Context): string {
  return join(stateFolder(ctx.env), "drafts");
}

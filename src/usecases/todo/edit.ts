/** Writing todos in an editor. Nobody else waits meanwhile, and what was typed stays in a file until it is safely in a todo. */
import { IncrError } from "../../domain/error.ts";
import { DEFAULT_PRIORITY, type Todo } from "../../domain/todo.ts";
import {
  draftFields,
  mergeDraft,
  parseDraft,
  printDraft,
  rebaseDraft,
  type DraftFields,
} from "../../domain/todo/draft.ts";
import { updateTodo } from "../../domain/todo/update.ts";
import type { Drafts } from "../../ports/drafts.ts";
import { requireRepository, type App } from "../app.ts";
import { changeTodos } from "./change.ts";
import { createTodo, type CreateRequest } from "./create.ts";
import { pickTodos } from "./pick.ts";

export interface EditRequest {
  /** Id or prefix. */
  todo: string;
  /** Path of a draft that was kept, to go on with. */
  draft?: string | undefined;
  force: boolean;
}

/**
 * Edits a todo. Changes that others make meanwhile are merged field by field. Whenever the text does not get into the todo it is kept, and a notice says
 * where.
 * @throws IncrError `cancelled` if nothing was typed; `conflict` if both sides changed a field; `invalid_input`, `rule`, `held`; what `drafts` throws
 */
export async function editTodo(app: App, drafts: Drafts, { todo: wanted, draft, force }: EditRequest): Promise<Todo> {
  const { todos, snapshot } = await pickTodos(app, [wanted]);
  const todo = todos[0] as Todo;
  const { id } = todo;
  const source = { id, version: snapshot.version };
  const read = async (text: string) => {
    const { fields, version } = parseDraft(text);
    return { fields, base: draftFields((await findBase(app, id, version)) ?? todo) };
  };
  const writing: Writing = {
    name: `todo-${id}`,
    fresh: printDraft(draftFields(todo), source),
    kept: draft,
    resume: `incr todo edit ${id}`,
    async renew(text) {
      const { fields, base } = await read(text);
      const { fields: rebased, notes } = rebaseDraft(base, fields, todo);
      return printDraft(rebased, { ...source, notes });
    },
  };
  return await write(app, drafts, writing, async (text) => {
    const { fields, base } = await read(text);
    const onlyIfFree = fields.status !== undefined && fields.status !== base.status;
    const request = { todos: [todo], verb: "edit", onlyIfFree, force };
    const edited = await changeTodos(app, request, (current, now) =>
      updateTodo(current, mergeDraft(base, fields, current), now),
    );
    return edited[0] as Todo;
  });
}

/** The todo as it was when the draft was made; undefined if that is not known any more (the draft's note was taken out). */
async function findBase(app: App, id: string, version: string | null): Promise<Todo | undefined> {
  if (version === null) return undefined;
  try {
    return await requireRepository(app).todos.find(id, version);
  } catch (error) {
    if (error instanceof IncrError && error.code === "not_found") return undefined;
    throw error;
  }
}

export interface CreateInEditorRequest extends Omit<CreateRequest, "title"> {
  title?: string | undefined;
  /** Path of a draft that was kept, to go on with. */
  draft?: string | undefined;
}

/** Makes a todo of what is written in an editor; what stands there wins over `request`. @throws IncrError as `createTodo` and `editTodo` */
export async function createTodoInEditor(app: App, drafts: Drafts, request: CreateInEditorRequest): Promise<Todo> {
  requireRepository(app);
  const { draft, ...given } = request;
  const { title = "", description = "", priority = DEFAULT_PRIORITY, type = "task", proposed = false } = given;
  const start: DraftFields = { title, description, priority, type, status: proposed ? "proposed" : "open" };
  const writing: Writing = {
    name: "todo",
    fresh: printDraft(start),
    kept: draft,
    resume: "incr todo create",
    renew: async (text) => text,
  };
  return await write(app, drafts, writing, async (text) => {
    const { fields } = parseDraft(text);
    const { status = start.status, ...written } = fields;
    if (status !== "open" && status !== "proposed") {
      throw new IncrError("invalid_input", `a new todo is open or proposed, not ${status}`);
    }
    return await createTodo(app, { ...given, title, ...written, proposed: status === "proposed" });
  });
}

interface Writing {
  name: string;
  /** The text to begin with. */
  fresh: string;
  /** Path of a draft to begin with instead. */
  kept: string | undefined;
  /** The command that takes a draft up again. */
  resume: string;
  /** Brings the text of a kept draft up to date. @throws IncrError if it cannot be read; then it is offered as it is */
  renew(text: string): Promise<string>;
}

/** Discards the draft when `use` is done with it; when that fails, keeps it and says where, unless nothing was typed. */
async function write<T>(app: App, drafts: Drafts, writing: Writing, use: (text: string) => Promise<T>): Promise<T> {
  const kept = writing.kept === undefined ? undefined : await drafts.read(writing.kept);
  const offered = kept === undefined ? writing.fresh : await renewed(writing, kept.text);
  const draft = await drafts.edit(writing.name, offered);
  const typed = draft.text !== offered && draft.text.trim() !== "";
  try {
    if (draft.text.trim() === "" || draft.text === writing.fresh) {
      throw new IncrError("cancelled", "nothing was written, so nothing was changed");
    }
    const result = await use(draft.text);
    await draft.discard();
    await kept?.discard();
    return result;
  } catch (error) {
    if (!typed) await draft.discard();
    const path = typed ? draft.path : kept?.path;
    if (path !== undefined) {
      const message = `what you wrote is kept; go on with: ${writing.resume} --draft ${shellWord(path)}`;
      app.notify({ code: "draft_kept", message, data: { path } });
    }
    throw error;
  }
}

async function renewed(writing: Writing, text: string): Promise<string> {
  try {
    return await writing.renew(text);
  } catch (error) {
    if (error instanceof IncrError) return text;
    throw error;
  }
}

function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Writing todos in an editor. Nobody else waits meanwhile, and what was typed stays in a file until it is safely in a todo. */
import { IncrError } from "../../domain/error.ts";
import type { Todo } from "../../domain/todo.ts";
import { DEFAULT_PRIORITY } from "../../domain/todo.ts";
import { draftFields, mergeDraft, parseDraft, printDraft, type DraftFields } from "../../domain/todo/draft.ts";
import { updateTodo } from "../../domain/todo/update.ts";
import type { Draft, Drafts } from "../../ports/drafts.ts";
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

export interface Edited {
  todo: Todo;
  changed: boolean;
}

/**
 * Edits a todo. Changes that others make meanwhile are merged field by field.
 * @throws IncrError `conflict` if the same field was changed by both; `invalid_input`, `rule`, `held`; the draft is kept then and a notice names it
 */
export async function editTodo(
  app: App,
  drafts: Drafts,
  { todo: wanted, draft: kept, force }: EditRequest,
): Promise<Edited> {
  const { todos: picked, snapshot } = await pickTodos(app, [wanted]);
  const todo = picked[0] as Todo;
  const fresh = printDraft(draftFields(todo), { id: todo.id, version: snapshot.version });
  const offered = kept === undefined ? fresh : await drafts.read(kept);
  const draft = await drafts.edit(`todo-${todo.id}`, offered);
  return await keepingDraft(app, draft, offered, `incr todo edit ${todo.id}`, async () => {
    if (draft.text === fresh) return { todo, changed: false };
    const { fields, version } = parseDraft(draft.text);
    const base = draftFields((await findBase(app, todo.id, version)) ?? todo);
    const onlyIfFree = fields.status !== undefined && fields.status !== base.status;
    const request = { ids: [todo.id], verb: "edit", onlyIfFree, force };
    const [edited] = await changeTodos(app, request, (current, now) =>
      updateTodo(current, mergeDraft(base, fields, current), now),
    );
    return { todo: edited as Todo, changed: JSON.stringify(edited) !== JSON.stringify(todo) };
  });
}

/** The todo as it was when the draft was made; undefined if that is not known any more (a draft whose note was taken out). */
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

/** Makes a todo from what is written in an editor. @throws IncrError as `createTodo`; the draft is kept then and a notice names it */
export async function createTodoInEditor(app: App, drafts: Drafts, request: CreateInEditorRequest): Promise<Todo> {
  const { draft: kept, title = "", ...input } = request;
  requireRepository(app);
  const start: DraftFields = {
    title,
    description: input.description ?? "",
    priority: input.priority ?? DEFAULT_PRIORITY,
    type: input.type ?? "task",
    status: input.proposed === true ? "proposed" : "open",
  };
  const offered = kept === undefined ? printDraft(start) : await drafts.read(kept);
  const draft = await drafts.edit("todo", offered);
  return await keepingDraft(app, draft, offered, "incr todo create", async () => {
    const { fields } = parseDraft(draft.text);
    const { status = start.status, ...given } = fields;
    if (status !== "open" && status !== "proposed") {
      throw new IncrError("invalid_input", `a new todo is open or proposed, not ${status}`);
    }
    return await createTodo(app, { ...input, title, ...given, proposed: status === "proposed" });
  });
}

/** Discards the draft when `use` is done with it; when it fails, keeps it and says where, unless nothing was typed. */
async function keepingDraft<T>(
  app: App,
  draft: Draft,
  offered: string,
  resume: string,
  use: () => Promise<T>,
): Promise<T> {
  let result: T;
  try {
    result = await use();
  } catch (error) {
    if (draft.text === offered) await draft.discard();
    else {
      app.notify({
        code: "draft_kept",
        message: `what you wrote is kept; go on with: ${resume} --draft ${shellWord(draft.path)}`,
        data: { path: draft.path },
      });
    }
    throw error;
  }
  await draft.discard();
  return result;
}

function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** `incr todo …`: what is wanted. */
import { TODO_STATUSES, TODO_TYPES } from "../../domain/todo.ts";
import { command, declareCommand } from "../command.ts";

const TODO = { required: true, description: "Id of the todo, or the start of it", complete: "todo" } as const;
const TODOS = { ...TODO, variadic: true, description: "Ids of todos, or the start of them" } as const;
const FORCE = { type: "boolean", description: "Even if a session or job works on it" } as const;
const DESCRIPTION = {
  type: "string",
  value: "TEXT",
  description: "What is wanted, in as many words as needed; `-` reads it from stdin",
} as const;
const PRIORITY = { type: "string", value: "0-4", description: "0 is critical, 2 is usual, 4 is the backlog" } as const;
const TYPE = { type: "string", choices: TODO_TYPES, description: "What kind of work it is" } as const;
const DRAFT = {
  type: "string",
  value: "FILE",
  complete: "file",
  description: "Begin with the text of a draft that was kept",
} as const;
const ALL_OR_NONE = "Several are changed together in one commit, or not at all.";
const HELD = "It is refused while a session or job works on it, unless --force is given.";

export const create = declareCommand({
  path: ["todo", "create"],
  summary: "Write down what is wanted",
  help: "Prints the id of the new todo as the only line on stdout.",
  args: { title: { description: "One line of at most 500 characters; may be left out with --edit" } },
  flags: {
    description: DESCRIPTION,
    priority: PRIORITY,
    type: TYPE,
    "depends-on": {
      type: "string",
      value: "ID",
      multiple: true,
      complete: "todo",
      description: "A todo that has to be done first",
    },
    proposed: { type: "boolean", description: "As an idea that somebody has yet to agree to" },
    edit: { type: "boolean", short: "e", description: "Write it in $EDITOR" },
    draft: DRAFT,
  },
  examples: [
    { run: "incr todo create 'Fix the login' --type bug --priority 1" },
    { run: "git diff | incr todo create 'Review this' --description -", note: "with a description from stdin" },
    { run: "incr todo create --edit" },
  ],
  json: "todo",
});

export const update = declareCommand({
  path: ["todo", "update"],
  summary: "Change fields of todos",
  help: `Fields that are not given stay as they are. The statuses open, proposed and waiting can be set here; the others have commands of their own. ${ALL_OR_NONE}`,
  args: { ids: TODOS },
  flags: {
    title: { type: "string", value: "TEXT", description: "One line of at most 500 characters" },
    description: { ...DESCRIPTION, description: `${DESCRIPTION.description}; empty removes it` },
    priority: PRIORITY,
    type: TYPE,
    status: {
      type: "string",
      choices: TODO_STATUSES,
      description: "open, proposed or waiting; the others have commands of their own",
    },
    force: FORCE,
  },
  examples: [
    { run: "incr todo update k3j2 --priority 0" },
    { run: "incr todo update k3j2 m4n5 --status waiting", note: "two at once" },
  ],
  json: "todos",
});

export const edit = declareCommand({
  path: ["todo", "edit"],
  summary: "Change a todo in $EDITOR",
  help: "Changes that others make meanwhile are merged field by field; where both sides changed one the command is refused. What you wrote is kept in a file whenever it does not get into the todo, and `--draft` goes on with it.",
  args: { id: TODO },
  flags: { draft: DRAFT, force: FORCE },
  examples: [{ run: "incr todo edit k3j2" }],
  json: "todo",
});

export const start = declareCommand({
  path: ["todo", "start"],
  summary: "Mark todos as being worked on, without a session",
  help: `\`incr session start\` does this too, and gives you a workspace. From open, proposed or waiting. ${HELD} ${ALL_OR_NONE}`,
  args: { ids: TODOS },
  flags: { force: FORCE },
  examples: [{ run: "incr todo start k3j2" }],
  json: "todos",
});

const finishFields = {
  summary: "Mark todos as done",
  help: `${HELD} ${ALL_OR_NONE}`,
  args: { ids: TODOS },
  flags: { force: FORCE },
  json: "todos",
} as const;

export const finish = declareCommand({
  ...finishFields,
  path: ["todo", "finish"],
  examples: [{ run: "incr todo finish k3j2" }, { run: "incr todo finish k3j2 m4n5 p6q7", note: "three at once" }],
});

export const done = declareCommand({
  ...finishFields,
  path: ["todo", "done"],
  summary: "The same as `incr todo finish`",
  examples: [{ run: "incr todo done k3j2" }],
});

export const close = declareCommand({
  path: ["todo", "close"],
  summary: "End todos that will not be done",
  help: `${HELD} ${ALL_OR_NONE}`,
  args: { ids: TODOS },
  flags: { force: FORCE },
  examples: [{ run: "incr todo close k3j2" }],
  json: "todos",
});

export const reopen = declareCommand({
  path: ["todo", "reopen"],
  summary: "Bring todos back to open",
  help: `Undoes finish, close and delete, and also start. ${HELD} ${ALL_OR_NONE}`,
  args: { ids: TODOS },
  flags: { force: FORCE },
  examples: [{ run: "incr todo reopen k3j2" }],
  json: "todos",
});

export const remove = declareCommand({
  path: ["todo", "delete"],
  summary: "Delete todos, leaving a tombstone",
  help: `Deleted todos are out of all lists but \`list --all\`, their id stays theirs, and \`reopen\` brings them back. ${HELD} ${ALL_OR_NONE}`,
  args: { ids: TODOS },
  flags: { reason: { type: "string", value: "TEXT", description: "Why" }, force: FORCE },
  examples: [{ run: "incr todo delete k3j2 --reason 'made by mistake'" }],
  json: "todos",
});

export const show = declareCommand({
  path: ["todo", "show"],
  summary: "Show a todo with what it waits for and what waits for it",
  args: { id: TODO },
  examples: [{ run: "incr todo show k3j2" }, { run: "incr todo show k3j2 --json" }],
  json: "todo_show",
});

export const list = declareCommand({
  path: ["todo", "list"],
  summary: "List todos that are not done, closed or deleted, most urgent first",
  flags: {
    status: { type: "string", multiple: true, choices: TODO_STATUSES, description: "Only these" },
    type: { ...TYPE, multiple: true, description: "Only these" },
    priority: { ...PRIORITY, description: "This priority or more urgent" },
    all: { type: "boolean", short: "a", description: "Also those that are done, closed or deleted" },
  },
  examples: [{ run: "incr todo list" }, { run: "incr todo list --status done --type bug --json" }],
  json: "todo_list",
});

export const ready = declareCommand({
  path: ["todo", "ready"],
  summary: "List open todos that wait for nothing, in the order to take them",
  help: "By priority, then bugs before tasks before features, then the oldest first.",
  flags: { limit: { type: "int", min: 1, value: "N", description: "No more than this many" } },
  examples: [
    { run: "incr todo ready" },
    { run: "incr todo ready --limit 1 --json | jq -r '.todos[0].id'", note: "the next thing to do" },
  ],
  json: "todo_list",
});

export const depAdd = declareCommand({
  path: ["todo", "dep", "add"],
  summary: "Let a todo wait for others",
  help: "A dependency that would close a cycle is refused.",
  args: { id: TODO, "depends-on": { ...TODOS, description: "What has to be done first" } },
  examples: [{ run: "incr todo dep add k3j2 m4n5", note: "k3j2 waits for m4n5" }],
  json: "todo",
});

export const depRemove = declareCommand({
  path: ["todo", "dep", "remove"],
  summary: "Let a todo wait no more for others",
  args: { id: TODO, "depends-on": { ...TODOS, description: "What need not be done first" } },
  examples: [{ run: "incr todo dep remove k3j2 m4n5" }],
  json: "todo",
});

export const depTree = declareCommand({
  path: ["todo", "dep", "tree"],
  summary: "Show what a todo waits for, and what that waits for",
  args: { id: TODO },
  examples: [{ run: "incr todo dep tree k3j2" }],
  json: "todo_tree",
});

export const help =
  "A todo is a unit of wanted work. Todos are kept in the repository itself, under the ref refs/incr/todos, and never touch your files, index or branches.";

export const commands = [
  command(create, () => import("./todo/create.ts")),
  command(list, () => import("./todo/list.ts")),
  command(ready, () => import("./todo/ready.ts")),
  command(show, () => import("./todo/show.ts")),
  command(update, () => import("./todo/update.ts")),
  command(edit, () => import("./todo/edit.ts")),
  command(start, () => import("./todo/start.ts")),
  command(finish, () => import("./todo/finish.ts")),
  { spec: done, load: () => import("./todo/finish.ts") },
  command(close, () => import("./todo/close.ts")),
  command(reopen, () => import("./todo/reopen.ts")),
  command(remove, () => import("./todo/delete.ts")),
  command(depAdd, () => import("./todo/dep-add.ts")),
  command(depRemove, () => import("./todo/dep-remove.ts")),
  command(depTree, () => import("./todo/dep-tree.ts")),
];

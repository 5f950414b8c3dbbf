/** A process of its own for the tests of the todo store: does what its argument says and prints what came of it as JSON. */
import { IncrError } from "../../src/domain/error.ts";
import { updateTodo } from "../../src/domain/todo/update.ts";
import { createGit } from "../../src/git/git.ts";
import { createTodos } from "../../src/todos/todos.ts";
import { makeTodo, NOW } from "../support/todo.ts";

interface Order {
  /** The git directory. */
  gitDir: string;
  /** Folder whose `incr/todos.lock` is used. */
  lockDir: string;
  /** Name of this writer; its todos begin with it. */
  name: string;
  /** How many todos to make, each in a change of its own, and each time the one todo `shared` is counted up. */
  times: number;
  /** Characters of each todo's description. */
  size: number;
}

const order = JSON.parse(process.argv[2] ?? "{}") as Order;
work(order).then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (error: unknown) => {
    if (!(error instanceof IncrError)) throw error;
    process.stdout.write(`${JSON.stringify({ code: error.code, message: error.message })}\n`);
    process.exitCode = 1;
  },
);

async function work({ gitDir, lockDir, name, times, size }: Order) {
  const git = createGit(gitDir, process.env);
  const todos = createTodos({ git, commonDir: lockDir, holder: name, notify: () => undefined, timeoutMs: 120_000 });
  let decisions = 0;
  for (let n = 0; n < times; n++) {
    await todos.update(
      (snapshot) => {
        decisions += 1;
        const shared = snapshot.todos.get("shared");
        const counted =
          shared === undefined ? [] : [updateTodo(shared, { title: String(Number(shared.title) + 1) }, NOW)];
        const made = makeTodo(`${name}-${n}`, { description: "x".repeat(size) });
        return { change: { put: [made, ...counted], message: `create ${made.id}` }, result: undefined };
      },
      { ids: ["shared"] },
    );
  }
  return { decisions };
}

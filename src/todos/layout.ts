/** Where things are in the tree of the todo ref. `docs/decisions/todo-ref.md` has the measurements behind it. */

export const TODO_REF = "refs/incr/todos";

/** The format that this program reads and writes; it stands in the file `version`. */
export const FORMAT_VERSION = 1;
export const VERSION_FILE = "version";
export const README_FILE = "README.md";

export const README = `# Todos

The todos of this repository, kept by \`incr\`: one JSON file for each, in the folder of its first character.
List them with \`incr todo list --all\`; see who changed what with \`git log -p ${TODO_REF}\`.

Blank lines and the fixed order of keys let git merge changes of different fields. \`changed_at\` says when each field
was last changed.
`;

/** What a todo's id looks like as a file name; ours are eight characters of base32. */
const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const FILE = /^(.+)\.json$/;
const FOLDER = /^[a-z0-9]$/;

/** `k/k3j2h1g4.json`: 32 folders keep both the trees of one change and their number small. */
export function todoPath(id: string): string {
  if (!ID.test(id)) throw new Error(`${JSON.stringify(id)} cannot be the id of a todo`);
  return `${id[0]}/${id}.json`;
}

/** Whether a folder of that name holds todos; others are left alone. */
export function isTodoFolder(name: string): boolean {
  return FOLDER.test(name);
}

/** The id whose file this is; undefined for files that are not ours, which are left alone. */
export function todoIdOf(folder: string, name: string): string | undefined {
  const id = FILE.exec(name)?.[1];
  return id !== undefined && ID.test(id) && id[0] === folder ? id : undefined;
}

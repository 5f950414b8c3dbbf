/** `incr workflow …`: where procedures of several steps stand, so that an interrupted one can be taken up. */
import { command } from "../command.ts";
import { get, list, reset, save, set } from "./workflow/declarations.ts";

export const commands = [
  command(get, () => import("./workflow/get.ts")),
  command(set, () => import("./workflow/set.ts")),
  command(reset, () => import("./workflow/reset.ts")),
  command(save, () => import("./workflow/save.ts")),
  command(list, () => import("./workflow/list.ts")),
];
export const help = `A workflow is kept in ia/state/sessions/<name>.json of the main checkout. \`incr install skill\` gives a repository scripts that do the same without incr.`;

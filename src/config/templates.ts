/** Finding and reading the prompt templates that a repository, or the user, has put into words of their own. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Closest } from "../domain/config-file.ts";
import { IncrError } from "../domain/error.ts";
import {
  checkTemplate,
  defaultTemplate,
  TEMPLATE_NAMES,
  type TemplateName,
  type Templates,
} from "../domain/job/templates.ts";
import type { Notify } from "../domain/notice.ts";
import { isSystemError, orIoError } from "../store/io-error.ts";
import { decodeText, readBytes } from "./file.ts";

export interface TemplatesRequest {
  /** The user's own, `~/.config/incr/templates`; it need not exist. */
  userFolder: string;
  /** Root of the main checkout, never of a workspace; null outside of a repository or in a bare one. */
  checkout: string | null;
  /** Told of files that mean nothing. */
  notify: Notify;
  closest: Closest;
}

/**
 * Our own words, under those of `<name>.md` in the user's folder, under those in `.incr/templates` of the main checkout. They run no commands, and an agent is told
 * more by a repository's own instructions: so they need no consent. An empty file says nothing, and changes nothing.
 * @throws IncrError `config` with file and line; `io`
 */
export function loadTemplates(request: TemplatesRequest): Templates {
  const templates = Object.fromEntries(TEMPLATE_NAMES.map((name) => [name, defaultTemplate(name)]));
  for (const { path, file, name } of listTemplates(request)) {
    if (!isTemplateName(name)) {
      tellUnknown({ path, file, name }, request);
      continue;
    }
    const template = { name, text: decodeText(readBytes(path, file), path, file), file };
    // `incr job templates review --text > review.md` finds it so.
    if (template.text.trim() === "") continue;
    const issues = checkTemplate(template);
    const [first] = issues;
    if (first !== undefined) {
      const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
      throw new IncrError("config", `${file}:${first.line}: ${first.message}${more}`, {
        hint: `mend ${path}`,
        data: { file: path, line: first.line, template: name, issues },
      });
    }
    templates[name] = template;
  }
  return templates as Templates;
}

interface TemplateFile {
  path: string;
  /** How people call it. */
  file: string;
  /** Without `.md`. */
  name: string;
}

/** What overrides comes later. */
function listTemplates({ userFolder, checkout }: TemplatesRequest): TemplateFile[] {
  const own = listFolder(userFolder, userFolder);
  return checkout === null ? own : [...own, ...listFolder(join(checkout, IN_CHECKOUT), IN_CHECKOUT)];
}

const IN_CHECKOUT = ".incr/templates";

function listFolder(folder: string, shown: string): TemplateFile[] {
  const names = orIoError(`read ${folder}`, folder, () => {
    try {
      return readdirSync(folder);
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
      throw error;
    }
  });
  return names
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => ({ path: join(folder, name), file: `${shown}/${name}`, name: name.slice(0, -".md".length) }));
}

function tellUnknown({ path, file, name }: TemplateFile, { closest, notify }: TemplatesRequest): void {
  const near = closest(name, TEMPLATE_NAMES);
  notify({
    code: "unknown_template",
    message: `${file} means nothing and is not used${near === undefined ? "" : `; did you mean ${near}.md?`}`,
    data: { file: path, ...(near === undefined ? {} : { near }) },
  });
}

function isTemplateName(name: string): name is TemplateName {
  return (TEMPLATE_NAMES as readonly string[]).includes(name);
}

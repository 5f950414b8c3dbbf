/** Reading `.work-shell/config.yaml`. */
import { readFileSync } from "node:fs";
import { DEFAULT_JOURNAL_CONFIG, readJournalConfig, type JournalConfig } from "../domain/journal/config.ts";
import type { Notify } from "../domain/notice.ts";
import { ioError, isSystemError } from "../store/io-error.ts";

/** The settings; whatever is wrong with the file is told, and the defaults stand, since a journal must go on. @throws IncrError `io` */
export async function loadJournalConfig(path: string, notify: Notify): Promise<JournalConfig> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return DEFAULT_JOURNAL_CONFIG;
    throw ioError(error, `read ${path}`, path);
  }
  const parsed = await parseYaml(text);
  const { config, problems } = parsed.ok
    ? readJournalConfig(parsed.value)
    : { config: DEFAULT_JOURNAL_CONFIG, problems: [parsed.problem] };
  for (const problem of problems) {
    notify({ code: "journal_config", message: `${path} ${problem}; the default is used`, data: { path } });
  }
  return config;
}

type Parsed = { ok: true; value: unknown } | { ok: false; problem: string };

async function parseYaml(text: string): Promise<Parsed> {
  // A CommonJS package: in a bundle all of it is under `default`
  const { parseDocument } = (await import("yaml")).default;
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) return notYaml(error.message.split("\n", 1).join("").replace(/:$/, ""));
  try {
    return { ok: true, value: document.toJS() };
  } catch (refusal) {
    // Aliases of aliases, which would not fit into any memory
    if (refusal instanceof ReferenceError) return notYaml(refusal.message);
    throw refusal;
  }
}

function notYaml(problem: string): Parsed {
  return { ok: false, problem: `is not YAML that can be read: ${problem}` };
}

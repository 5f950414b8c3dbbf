/** Finding and reading the configuration files. */
import { join } from "node:path";
import type { Closest, ConfigValues } from "../domain/config-file.ts";
import { REPO_CONFIG_FILES, resolveConfig, type ConfigSource, type Configuration } from "../domain/config.ts";
import { IncrError } from "../domain/error.ts";
import type { Notify } from "../domain/notice.ts";
import { decodeText, isThere, readBytes } from "./file.ts";

export interface LoadRequest {
  /** The user's own file, `~/.config/incr/config.toml`; it need not exist. */
  userFile: string;
  /** Root of the main checkout, never of a workspace; null outside of a repository or in a bare one. */
  checkout: string | null;
  /** Told of keys that mean nothing. */
  notify: Notify;
  closest: Closest;
}

/**
 * Reads the user's file, then that of the repository, which overrides it key by key. Each is read once: its values, its commands and its hash are of the same bytes.
 * @throws IncrError `config`, naming file, line and key; `io`
 */
export async function loadConfiguration(request: LoadRequest): Promise<Configuration> {
  const { userFile, checkout } = request;
  const user = isThere(userFile) ? await loadFile(userFile, userFile, request) : null;
  const name = checkout === null ? undefined : findRepoFile(checkout);
  const repo = checkout === null || name === undefined ? null : await loadFile(join(checkout, name), name, request);
  const layers = [user, repo].flatMap((source) => source?.values ?? []);
  return { config: resolveConfig(layers), user, repo };
}

/** @throws IncrError `config` if there are two */
function findRepoFile(checkout: string): (typeof REPO_CONFIG_FILES)[number] | undefined {
  const [first, second] = REPO_CONFIG_FILES.filter((name) => isThere(join(checkout, name)));
  if (first === undefined || second === undefined) return first;
  throw new IncrError("config", `${checkout} has two configuration files, ${first} and ${second}`, {
    hint: `keep ${first}: move what ${second} says into it, then delete ${second}`,
    data: { files: [join(checkout, first), join(checkout, second)] },
  });
}

async function loadFile(path: string, name: string, request: LoadRequest): Promise<ConfigSource> {
  const bytes = readBytes(path, name);
  const values = await parseValues(decodeText(bytes, path, name), path, name, request);
  return {
    path,
    name,
    sha256: process.getBuiltinModule("node:crypto").createHash("sha256").update(bytes).digest("hex"),
    values,
  };
}

async function parseValues(text: string, path: string, name: string, request: LoadRequest): Promise<ConfigValues> {
  const [{ parseToml, lineOf }, { readConfigValues }] = await Promise.all([
    import("./toml.ts"),
    import("../domain/config-file.ts"),
  ]);
  const raw = await parseToml(text, path, name);
  const { values, unknown, issues } = readConfigValues(raw, request.closest);
  const places = await Promise.all(
    issues.map(async ({ path: keys, message }) => ({ key: keys.join("."), message, line: await lineOf(text, keys) })),
  );
  const [first] = places.toSorted((a, b) => a.line - b.line);
  if (first !== undefined) {
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
    throw new IncrError("config", `${name}:${first.line}: ${first.key} ${first.message}${more}`, {
      hint: `mend ${path}`,
      data: { file: path, line: first.line, key: first.key, issues: places },
    });
  }
  for (const { path: keys, near } of unknown) {
    const line = await lineOf(text, keys);
    const key = keys.join(".");
    request.notify({
      code: "unknown_config_key",
      message: `${name}:${line}: ${key} means nothing and is not used${near === undefined ? "" : `; did you mean ${near}?`}`,
      data: { file: path, line, key, ...(near === undefined ? {} : { near }) },
    });
  }
  return values;
}

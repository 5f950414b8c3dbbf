/**
 * All measurements, as ratios taken side by side in this run. Ends with the promises that were not kept, and exit code 1 if there are any.
 *
 * Usage: npm run bench [-- name …]     (names of files in this folder, such as `state`)
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

// A certificate file in the environment makes every start of Node 20 slower, ours and the one that we compare with.
delete process.env.NODE_EXTRA_CA_CERTS;

const NOT_KEPT = "not kept: ";
const wanted = process.argv.slice(2);
const names = readdirSync(fileURLToPath(new URL(".", import.meta.url)))
  .filter((file) => file.endsWith(".mjs") && file !== "main.mjs")
  .map((file) => file.slice(0, -".mjs".length))
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .toSorted();

const broken = [];
for (const name of names) broken.push(...(names.length === 1 ? await measure(name) : await measureApart(name)));
if (names.length === 0) broken.push(`no measurement is called ${wanted.join(" or ")}`);
for (const promise of broken) process.stdout.write(`${NOT_KEPT}${promise}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;

/** @returns the promises that were not kept */
async function measure(name) {
  const promises = [];
  for (const [key, measurement] of Object.entries(await import(`./${name}.mjs`))) {
    if (!key.startsWith("bench")) continue;
    promises.push(...(await measurement()));
    process.stdout.write("\n");
  }
  return promises;
}

/** In a process of its own: one that has grown takes longer to start others, which would be measured, too. */
async function measureApart(name) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = once(child, "close");
  const promises = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith(NOT_KEPT)) promises.push(line.slice(NOT_KEPT.length));
    else process.stdout.write(`${line}\n`);
  }
  const [code] = await end;
  if (code !== 0 && promises.length === 0) promises.push(`${name} ended with ${code}`);
  return promises;
}

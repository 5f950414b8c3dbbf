/** Runs once before all tests: makes sure that the test build of the command line is that of the present sources. */
import type { TestProject } from "vitest/node";
import { build } from "../../scripts/build.mjs";
import { bundleScript } from "./script.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The environment that the tests were started in, which npm needs for its cache and its way to the registry. */
    environment: Record<string, string | undefined>;
    /** The file that `runInside` loads. */
    insideProgram: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<void> {
  provide("environment", { ...process.env });
  const [insideProgram] = await Promise.all([
    bundleScript(new URL("inside-program.ts", import.meta.url)),
    build(["test"]),
  ]);
  provide("insideProgram", insideProgram);
}

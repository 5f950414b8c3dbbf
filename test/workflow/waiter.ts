/** A process of its own for the tests of the scripts' lock: waits for it as long as it is told, and prints what came of it. */
import { withLock } from "../../src/store/sqlite-lock.ts";

const { lock, timeoutMs } = JSON.parse(process.argv[2] ?? "{}") as { lock: string; timeoutMs: number };
withLock(lock, { holder: "", timeoutMs }, () => "held").then(
  (held) => process.stdout.write(`${JSON.stringify(held)}\n`),
  (error: { code: string; message: string }) => {
    process.stdout.write(`${JSON.stringify({ code: error.code, message: error.message })}\n`);
  },
);
